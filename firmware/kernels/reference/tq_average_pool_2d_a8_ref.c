#include "../common/tq_pool_2d.h"
#include "tinyq/tq_kernels.h"

/* Rounded to nearest, ties away from zero; `/` truncates. */
static inline int32_t mean(const int8_t *x, int32_t height, int32_t width, int32_t right, int32_t down) {
  const int32_t count = height * width;
  int32_t sum = 0;

  for (; height > 0; height--, x += down) {
    const int8_t *xi = x;
    for (int32_t i = width; i > 0; i--, xi += right) sum += *xi;
  }
  return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

void tq_average_pool_2d_a8_ref(const tq_pool_params *params, const tq_unary_dims *dims,
                               const int8_t *input, int8_t *output) {
  tq_pool_2d(mean, params, dims, input, output);
}
