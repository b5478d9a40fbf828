/* float32 pooling: the way over the output, inlined with what is done to a window. */
#ifndef TQ_POOL_2D_F32_H
#define TQ_POOL_2D_F32_H

#include "tinyq/tq_kernels_f32.h"
#include "tq_clamped.h"
#include "tq_window.h"

/* One channel of the part of a window that is inside the input: elements are `right` apart, rows `down`. */
typedef float tq_pool_f32(const float *x, int32_t height, int32_t width, int32_t right, int32_t down);

static inline void tq_pool_2d_f32(tq_pool_f32 *pool, const tq_pool_f32_params *params,
                                  const tq_unary_dims *dims, const float *input, float *output) {
  const int32_t in_w = dims->input.w, c = dims->input.c;

  for (int32_t n = 0; n < dims->output.n; n++, input += dims->input.h * in_w * c) {
    for (int32_t oy = 0; oy < dims->output.h; oy++) {
      const int32_t y0 = oy * params->stride_h - params->pad_top;
      const tq_range rows = tq_taps_inside(y0, 1, params->filter_h, dims->input.h);
      for (int32_t ox = 0; ox < dims->output.w; ox++) {
        const int32_t x0 = ox * params->stride_w - params->pad_left;
        const tq_range columns = tq_taps_inside(x0, 1, params->filter_w, in_w);
        const int32_t height = rows.end - rows.begin, width = columns.end - columns.begin;
        const float *first = input + ((y0 + rows.begin) * in_w + x0 + columns.begin) * c;
        for (int32_t channel = 0; channel < c; channel++) {
          const float pooled = pool(first++, height, width, c, in_w * c);
          *output++ = tq_clamped(pooled, params->activation_min, params->activation_max);
        }
      }
    }
  }
}

#endif
