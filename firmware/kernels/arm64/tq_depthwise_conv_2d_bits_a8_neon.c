#include "../common/tq_neon_depthwise_bits.h"

void tq_depthwise_conv_2d_bits_a8_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                       const int32_t *input, const int32_t *weights, const int32_t *bias,
                                       int8_t *output, void *scratch) {
  if (!tq_neon_depthwise_bits(params, dims, input, weights, bias, tq_neon_lanes_to_int8, output, scratch)) {
    tq_depthwise_conv_2d_bits_a8_opt(params, dims, input, weights, bias, output, scratch);
  }
}
