#include "tq_bits.h"
#include "tq_bits_words.h"

void tq_bits_find_rows(const tq_conv_bits_params *params, const tq_conv_dims *dims, int32_t n, int32_t y0,
                       int32_t x0, int32_t *offsets) {
  const tq_dims in = dims->input;
  const int32_t row_words = tq_bits_row(in.c, params->x_levels);

  for (int32_t fy = 0; fy < dims->filter.h; fy++) {
    const int32_t y = y0 + fy * params->dilation_h;
    for (int32_t fx = 0; fx < dims->filter.w; fx++) {
      const int32_t x = x0 + fx * params->dilation_w;
      const int32_t inside = y >= 0 && y < in.h && x >= 0 && x < in.w;
      *offsets++ = inside ? ((n * in.h + y) * in.w + x) * row_words : -1;
    }
  }
}
