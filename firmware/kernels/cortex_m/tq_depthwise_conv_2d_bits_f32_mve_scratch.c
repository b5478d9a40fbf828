#include "../common/tq_mve_depthwise_bits.h"
#include "tinyq/tq_kernels_mve.h"

int32_t tq_depthwise_conv_2d_bits_f32_mve_scratch(const tq_conv_dims *dims) {
  return tq_mve_depthwise_bits_scratch(dims);
}
