#include "../common/tq_pool_2d_f32.h"

static inline float average(const float *x, int32_t height, int32_t width, int32_t right, int32_t down) {
  float sum = 0.0f;
  for (int32_t y = 0; y < height; y++) {
    for (int32_t i = 0; i < width; i++) sum = sum + x[y * down + i * right];
  }
  return sum / (float)(height * width);
}

void tq_average_pool_2d_f32_ref(const tq_pool_f32_params *params, const tq_unary_dims *dims,
                                const float *input, float *output) {
  tq_pool_2d_f32(average, params, dims, input, output);
}
