#include "../common/tq_pool_2d_f32.h"

static inline float maximum(const float *x, int32_t height, int32_t width, int32_t right, int32_t down) {
  float max = *x;
  for (int32_t y = 0; y < height; y++) {
    for (int32_t i = 0; i < width; i++) {
      const float value = x[y * down + i * right];
      max = value > max ? value : max;
    }
  }
  return max;
}

void tq_max_pool_2d_f32_ref(const tq_pool_f32_params *params, const tq_unary_dims *dims,
                            const float *input, float *output) {
  tq_pool_2d_f32(maximum, params, dims, input, output);
}
