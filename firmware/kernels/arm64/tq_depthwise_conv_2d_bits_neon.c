#include "../common/tq_neon_depthwise_bits.h"

void tq_depthwise_conv_2d_bits_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                    const int32_t *input, const int32_t *weights,
                                    int32_t *output, void *scratch) {
  if (!tq_neon_depthwise_bits(params, dims, input, weights, NULL, tq_neon_lanes_to_bits, output, scratch)) {
    tq_depthwise_conv_2d_bits_opt(params, dims, input, weights, output, scratch);
  }
}
