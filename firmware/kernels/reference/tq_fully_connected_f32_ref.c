#include "../common/tq_clamped.h"
#include "tinyq/tq_kernels_f32.h"

void tq_fully_connected_f32_ref(const tq_range_f32_params *params, const tq_fully_connected_dims *dims,
                                const float *input, const float *weights, const float *bias,
                                float *output) {
  for (int32_t row = 0; row < dims->rows; row++, input += dims->c_in) {
    for (int32_t o = 0; o < dims->c_out; o++) {
      const float *w = weights + o * dims->c_in;
      float sum = 0.0f;
      for (int32_t i = 0; i < dims->c_in; i++) {
        const float product = input[i] * w[i];
        sum = sum + product;
      }
      const float biased = bias ? sum + bias[o] : sum;
      *output++ = tq_clamped(biased, params->activation_min, params->activation_max);
    }
  }
}
