#include "../common/tq_swar_int8.h"
#include "tinyq/tq_kernels_swar.h"

int32_t tq_depthwise_conv_2d_a8w8_swar_scratch(const tq_conv_dims *dims) {
  const tq_conv_dims grouped = tq_swar_as_groups(dims);
  return tq_swar_int8_scratch(&grouped);
}
