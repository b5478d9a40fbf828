#include "tq_depthwise_conv_2d.h"

#include "tq_outputs.h"
#include "tq_window.h"

/* All channels of one output position. */
static void position(const tq_depthwise_window *window, const tq_scaling *scaling, int32_t channels,
                     int8_t *output) {
  int32_t channel = 0, sums[4];

  for (; channels - channel >= 4; channel += 4) {
    tq_depthwise_sum_four(window, channel, sums);
    tq_outputs(scaling, channel, 4, sums, output + channel);
  }
  for (; channel < channels; channel++) {
    sums[0] = tq_depthwise_sum_one(window, channel);
    tq_outputs(scaling, channel, 1, sums, output + channel);
  }
}

void tq_depthwise_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *filter, const int32_t *bias, int8_t *output) {
  const int32_t in_c = dims->input.c, in_w = dims->input.w, out_c = dims->output.c;
  const tq_scaling scaling = tq_conv_scaling(params, bias);
  const int upright = dims->filter.w == 1; /* a filter of one column is walked like one of one row */
  tq_depthwise_window window;

  window.x_down = tq_step_inside(params->dilation_h, dims->input.h) * in_w * in_c;
  window.x_right = upright ? window.x_down : tq_step_inside(params->dilation_w, in_w) * in_c;
  window.w_right = out_c;
  window.zero_point = params->input_zero_point;
  window.multiplier = out_c / in_c;
  for (int32_t n = 0; n < dims->output.n; n++) {
    for (int32_t oy = 0; oy < dims->output.h; oy++) {
      const int32_t y0 = oy * params->stride_h - params->pad_top;
      const tq_range rows = tq_taps_inside(y0, params->dilation_h, dims->filter.h, dims->input.h);
      const int32_t row = tq_first_inside(rows, y0, params->dilation_h) * in_w * in_c;
      const int32_t height = rows.end - rows.begin;
      for (int32_t ox = 0; ox < dims->output.w; ox++) {
        const int32_t x0 = ox * params->stride_w - params->pad_left;
        const tq_range columns = tq_taps_inside(x0, params->dilation_w, dims->filter.w, in_w);
        const int32_t width = columns.end - columns.begin;
        window.rows = upright ? width : height;
        window.columns = upright ? height : width;
        window.w_row_gap = (dims->filter.w - width) * out_c;
        window.x = input + (row + tq_first_inside(columns, x0, params->dilation_w) * in_c);
        window.w = filter + (rows.begin * dims->filter.w + columns.begin) * out_c;
        position(&window, &scaling, out_c, output);
        output += out_c;
      }
    }
    input += dims->input.h * in_w * in_c;
  }
}
