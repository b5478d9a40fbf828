#include "../common/tq_bits.h"
#include "../common/tq_window.h"
#include "tinyq/tq_kernels_bits.h"

void tq_max_pool_2d_bits_ref(const tq_max_pool_bits_params *params, const tq_unary_dims *dims,
                             const int32_t *input, int32_t *output) {
  const tq_dims in = dims->input, out = dims->output;
  const int32_t levels = params->levels, row_words = tq_bits_row(in.c, levels);

  for (int32_t row = 0; row < out.n * out.h * out.w; row++, output += row_words) {
    const int32_t n = row / (out.h * out.w);
    const int32_t y0 = row / out.w % out.h * params->stride_h - params->pad_top;
    const int32_t x0 = row % out.w * params->stride_w - params->pad_left;
    const tq_range rows = tq_taps_inside(y0, 1, params->filter_h, in.h);
    const tq_range columns = tq_taps_inside(x0, 1, params->filter_w, in.w);
    for (int32_t c = 0; c < in.c; c++) {
      int32_t highest = -levels; /* below every code */
      for (int32_t fy = rows.begin; fy < rows.end; fy++) {
        for (int32_t fx = columns.begin; fx < columns.end; fx++) {
          const int32_t *const pixel = input + ((n * in.h + y0 + fy) * in.w + x0 + fx) * row_words;
          const int32_t code = tq_code_at(pixel, in.c, levels, c);
          highest = code > highest ? code : highest;
        }
      }
      tq_put_code(output, in.c, levels, c, highest);
    }
  }
}
