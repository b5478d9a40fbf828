#include "../common/tq_neon_pool_2d.h"
#include "tinyq/tq_kernels.h"
#include "tinyq/tq_kernels_arm64.h"

#if TQ_NEON

static inline int8x16_t maximum(const tq_neon_window *window, const int8_t *x) {
  int8x16_t most = vdupq_n_s8(INT8_MIN);

  for (int32_t i = window->height; i > 0; i--, x += window->down) {
    const int8_t *at = x;
    for (int32_t j = window->width; j > 0; j--, at += window->right) {
      most = vmaxq_s8(most, tq_neon_channels(window, at));
    }
  }
  return most;
}

void tq_max_pool_2d_a8_neon(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                            int8_t *output) {
  if (dims->input.c < 8) {
    tq_max_pool_2d_a8_ref(params, dims, input, output);
  } else {
    tq_neon_pool_2d(maximum, params, dims, input, output);
  }
}

#else

void tq_max_pool_2d_a8_neon(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                            int8_t *output) {
  tq_max_pool_2d_a8_ref(params, dims, input, output);
}

#endif
