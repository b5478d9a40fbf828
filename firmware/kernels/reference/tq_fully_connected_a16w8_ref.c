#include "../common/tq_requantize_a16.h"
#include "tinyq/tq_kernels_a16.h"

void tq_fully_connected_a16w8_ref(const tq_fully_connected_params *params,
                                  const tq_fully_connected_dims *dims, const int16_t *input,
                                  const int8_t *weights, const int64_t *bias, int16_t *output) {
  for (int32_t row = 0; row < dims->rows; row++) {
    for (int32_t o = 0; o < dims->c_out; o++) {
      int64_t sum = bias ? bias[o] : 0;
      for (int32_t i = 0; i < dims->c_in; i++) {
        sum += input[row * dims->c_in + i] * weights[o * dims->c_in + i];
      }
      *output++ = tq_to_int16(tq_scale_a16(sum, params->multiplier[o], params->shift[o]), 0,
                              params->activation_min, params->activation_max);
    }
  }
}
