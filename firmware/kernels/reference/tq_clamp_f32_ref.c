#include "../common/tq_clamped.h"
#include "tinyq/tq_kernels_f32.h"

void tq_clamp_f32_ref(const tq_range_f32_params *params, const tq_count_dims *dims, const float *input,
                      float *output) {
  for (int32_t i = 0; i < dims->count; i++) {
    output[i] = tq_clamped(input[i], params->activation_min, params->activation_max);
  }
}
