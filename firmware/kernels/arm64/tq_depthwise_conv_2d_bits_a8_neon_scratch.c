#include "../common/tq_neon_depthwise_bits.h"

int32_t tq_depthwise_conv_2d_bits_a8_neon_scratch(const tq_conv_dims *dims) {
  return tq_neon_depthwise_bits_scratch(dims);
}
