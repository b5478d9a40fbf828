#include "tq_conv_2d_block.h"

#include "tq_outputs.h"
#include "tq_window.h"

void tq_conv_2d_block(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                      const void *filters, tq_window_sum *sum, const int32_t *bias, int8_t *output,
                      int32_t channel, int32_t count) {
  const int32_t c = dims->filter.c, in_c = dims->input.c, in_w = dims->input.w;
  const int32_t group = channel / (dims->filter.n / (in_c / c));
  const tq_scaling scaling = tq_conv_scaling(params, bias);
  const int32_t x_right = tq_step_inside(params->dilation_w, in_w) * in_c;
  const int32_t x_down = tq_step_inside(params->dilation_h, dims->input.h) * in_w * in_c;
  /* Where neighbours in a filter's row are neighbours in the input, a row is one run. */
  const int one_run = x_right == c;
  const int8_t *image = input + group * c;
  tq_window window;

  window.zero_point = params->input_zero_point;
  window.x_run_gap = one_run ? 0 : x_right - c;
  output += channel;
  for (int32_t n = 0; n < dims->output.n; n++) {
    for (int32_t oy = 0; oy < dims->output.h; oy++) {
      const int32_t y0 = oy * params->stride_h - params->pad_top;
      const tq_range rows = tq_taps_inside(y0, params->dilation_h, dims->filter.h, dims->input.h);
      const int32_t row = tq_first_inside(rows, y0, params->dilation_h) * in_w * in_c;
      window.rows = rows.end - rows.begin;
      for (int32_t ox = 0; ox < dims->output.w; ox++) {
        const int32_t x0 = ox * params->stride_w - params->pad_left;
        const tq_range columns = tq_taps_inside(x0, params->dilation_w, dims->filter.w, in_w);
        const int32_t width = columns.end - columns.begin;
        int32_t sums[TQ_BLOCK];
        window.x = image + (row + tq_first_inside(columns, x0, params->dilation_w) * in_c);
        window.tap = (rows.begin * dims->filter.w + columns.begin) * c;
        window.runs = one_run ? 1 : width;
        window.run = one_run ? width * c : c;
        window.x_row_gap = x_down - width * x_right;
        window.tap_row_gap = (dims->filter.w - width) * c;
        sum(&window, filters, sums);
        tq_outputs(&scaling, channel, count, sums, output);
        output += dims->output.c;
      }
    }
    image += dims->input.h * in_w * in_c;
  }
}
