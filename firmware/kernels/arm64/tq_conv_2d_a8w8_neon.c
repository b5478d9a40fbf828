#include "../common/tq_neon_gemm.h"

void tq_conv_2d_a8w8_neon(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch) {
  if (!tq_neon_conv_2d_gemm(params, dims, input, weights, 0, bias, output, scratch)) {
    tq_conv_2d_a8w8_opt(params, dims, input, weights, bias, output);
  }
}
