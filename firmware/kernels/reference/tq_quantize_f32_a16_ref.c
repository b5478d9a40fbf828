#include "tinyq/tq_kernels_a16.h"

/* Ties away from zero, as roundf, but without libm; |x| is small. (Adding 0.5 and truncating would be wrong
 * for the largest float below 0.5.) */
static int32_t rounded(float x) {
  const int32_t whole = (int32_t)x;
  const float rest = x - (float)whole;
  return rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
}

void tq_quantize_f32_a16_ref(const tq_affine_params *params, const tq_count_dims *dims, const float *input,
                            int16_t *output) {
  const float scale = params->scale;
  const int32_t zero_point = params->zero_point;
  const float low = (float)(INT16_MIN - zero_point), high = (float)(INT16_MAX - zero_point);
  const int32_t count = dims->count;

  for (int32_t i = 0; i < count; i++) {
    const float steps = input[i] / scale;
    /* Saturated first: out of range the conversion to an integer is undefined. NaN is not > low. */
    const float saturated = steps > low ? (steps < high ? steps : high) : low;
    output[i] = (int16_t)(rounded(saturated) + zero_point);
  }
}
