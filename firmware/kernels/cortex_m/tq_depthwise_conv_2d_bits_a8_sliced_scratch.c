#include "../common/tq_sliced_depthwise.h"

int32_t tq_depthwise_conv_2d_bits_a8_sliced_scratch(const tq_conv_dims *dims) {
  return tq_sliced_depthwise_bits_scratch(dims);
}
