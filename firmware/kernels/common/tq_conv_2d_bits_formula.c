#include "tq_bits.h"
#include "tq_bits_formulas.h"

void tq_conv_2d_bits_formula(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *weights, const void *bias,
                             tq_store_sum *store, void *output) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int32_t x_levels = params->x_levels, w_levels = params->w_levels;
  const int32_t x_row = tq_bits_row(in.c, x_levels), w_row = tq_bits_row(filter.c, w_levels);
  const int32_t group_size = filter.n / (in.c / filter.c);

  for (int32_t row = 0; row < out.n * out.h * out.w; row++) {
    const int32_t n = row / (out.h * out.w), oy = row / out.w % out.h, ox = row % out.w;
    for (int32_t o = 0; o < out.c; o++) {
      const int32_t first = o / group_size * filter.c; /* input channel of the group */
      int32_t sum = 0;
      for (int32_t fy = 0; fy < filter.h; fy++) {
        const int32_t y = oy * params->stride_h - params->pad_top + fy * params->dilation_h;
        for (int32_t fx = 0; fx < filter.w; fx++) {
          const int32_t x = ox * params->stride_w - params->pad_left + fx * params->dilation_w;
          const int32_t inside = y >= 0 && y < in.h && x >= 0 && x < in.w;
          const int32_t *const pixel = inside ? input + ((n * in.h + y) * in.w + x) * x_row : NULL;
          const int32_t *const tap = weights + ((o * filter.h + fy) * filter.w + fx) * w_row;
          for (int32_t i = 0; i < filter.c; i++) {
            const int32_t code = pixel ? tq_code_at(pixel, in.c, x_levels, first + i) : params->pad_code;
            sum += code * tq_code_at(tap, filter.c, w_levels, i);
          }
        }
      }
      store(&params->output, bias, row, out.c, o, sum, output);
    }
  }
}
