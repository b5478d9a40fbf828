#include "../common/tq_neon_depthwise_bits.h"

void tq_depthwise_conv_2d_bits_f32_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                        const int32_t *input, const int32_t *weights, const float *bias,
                                        float *output, void *scratch) {
  if (!tq_neon_depthwise_bits(params, dims, input, weights, bias, tq_neon_lanes_to_f32, output, scratch)) {
    tq_depthwise_conv_2d_bits_f32_opt(params, dims, input, weights, bias, output, scratch);
  }
}
