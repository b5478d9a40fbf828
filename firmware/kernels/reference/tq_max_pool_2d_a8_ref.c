#include "../common/tq_pool_2d.h"
#include "tinyq/tq_kernels.h"

static inline int32_t maximum(const int8_t *x, int32_t height, int32_t width, int32_t right, int32_t down) {
  int32_t max = INT8_MIN;

  for (; height > 0; height--, x += down) {
    const int8_t *xi = x;
    for (int32_t i = width; i > 0; i--, xi += right) max = *xi > max ? *xi : max;
  }
  return max;
}

void tq_max_pool_2d_a8_ref(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                           int8_t *output) {
  tq_pool_2d(maximum, params, dims, input, output);
}
