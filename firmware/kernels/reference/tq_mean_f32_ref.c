#include "tinyq/tq_kernels_f32.h"

/* Sum of size.n * size.h * size.w * size.c elements, from `x` on, of an array of shape `dims`. */
static float sum_box(const float *x, const tq_dims *dims, const tq_dims *size) {
  float sum = 0.0f;
  for (int32_t n = 0; n < size->n; n++) {
    for (int32_t h = 0; h < size->h; h++) {
      for (int32_t w = 0; w < size->w; w++) {
        const float *row = x + ((n * dims->h + h) * dims->w + w) * dims->c;
        for (int32_t c = 0; c < size->c; c++) sum = sum + row[c];
      }
    }
  }
  return sum;
}

void tq_mean_f32_ref(const tq_mean_f32_params *params, const tq_unary_dims *dims, const float *input,
                     float *output) {
  const tq_dims in = dims->input, out = dims->output;
  const tq_dims box = {in.n / out.n, in.h / out.h, in.w / out.w, in.c / out.c}; /* averaged elements */

  for (int32_t n = 0; n < out.n; n++) {
    for (int32_t h = 0; h < out.h; h++) {
      for (int32_t w = 0; w < out.w; w++) {
        for (int32_t c = 0; c < out.c; c++) {
          const float *first = input + ((n * in.h + h) * in.w + w) * in.c + c;
          *output++ = sum_box(first, &in, &box) / (float)params->count;
        }
      }
    }
  }
}
