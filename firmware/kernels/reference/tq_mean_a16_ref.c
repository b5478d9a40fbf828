#include "../common/tq_requantize_a16.h"
#include "tinyq/tq_kernels_a16.h"

/* Sum of size.n * size.h * size.w * size.c elements, from `x` on, of an array of shape `dims`. */
static int32_t sum_box(const int16_t *x, const tq_dims *dims, const tq_dims *size) {
  int32_t sum = 0;
  for (int32_t n = 0; n < size->n; n++) {
    for (int32_t h = 0; h < size->h; h++) {
      for (int32_t w = 0; w < size->w; w++) {
        const int16_t *row = x + ((n * dims->h + h) * dims->w + w) * dims->c;
        for (int32_t c = 0; c < size->c; c++) sum += row[c];
      }
    }
  }
  return sum;
}

void tq_mean_a16_ref(const tq_mean_params *params, const tq_unary_dims *dims, const int16_t *input,
                    int16_t *output) {
  const tq_dims in = dims->input, out = dims->output;
  const tq_dims box = {in.n / out.n, in.h / out.h, in.w / out.w, in.c / out.c}; /* averaged elements */
  const int32_t zero = params->input_zero_point * (box.n * box.h * box.w * box.c);

  for (int32_t n = 0; n < out.n; n++) {
    for (int32_t h = 0; h < out.h; h++) {
      for (int32_t w = 0; w < out.w; w++) {
        for (int32_t c = 0; c < out.c; c++) {
          const int16_t *first = input + ((n * in.h + h) * in.w + w) * in.c + c;
          const int32_t scaled =
              tq_scale(sum_box(first, &in, &box) - zero, params->multiplier, params->shift);
          *output++ = tq_to_int16(scaled, params->output_zero_point, INT16_MIN, INT16_MAX);
        }
      }
    }
  }
}
