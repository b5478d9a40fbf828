/* Two float32 inputs, element by element, inlined with what is done to them. */
#ifndef TQ_BROADCAST_F32_H
#define TQ_BROADCAST_F32_H

#include "tinyq/tq_kernels_f32.h"
#include "tq_broadcast.h"
#include "tq_clamped.h"

typedef float tq_pair_f32(float a, float b);

static inline void tq_broadcast_f32(tq_pair_f32 *pair, const tq_range_f32_params *params,
                                    const tq_add_dims *dims, const float *input1, const float *input2,
                                    float *output) {
  const tq_dims s1 = tq_broadcast_steps(&dims->input1), s2 = tq_broadcast_steps(&dims->input2);
  const tq_dims size = dims->output;
  const float low = params->activation_min, high = params->activation_max;

  for (int32_t n = 0; n < size.n; n++) {
    for (int32_t h = 0; h < size.h; h++) {
      for (int32_t w = 0; w < size.w; w++) {
        const float *x1 = input1 + n * s1.n + h * s1.h + w * s1.w;
        const float *x2 = input2 + n * s2.n + h * s2.h + w * s2.w;
        for (int32_t c = 0; c < size.c; c++) {
          *output++ = tq_clamped(pair(x1[c * s1.c], x2[c * s2.c]), low, high);
        }
      }
    }
  }
}

#endif
