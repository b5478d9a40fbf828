#include "tinyq/tq_kernels_a16.h"

void tq_dequantize_a16_f32_ref(const tq_affine_params *params, const tq_count_dims *dims,
                              const int16_t *input, float *output) {
  for (int32_t i = 0; i < dims->count; i++) {
    output[i] = params->scale * (float)(input[i] - params->zero_point);
  }
}
