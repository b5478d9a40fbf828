#include "../common/tq_swar_lines.h"
#include "tinyq/tq_kernels_swar.h"

int32_t tq_depthwise_conv_2d_a8wt_swar_scratch(const tq_conv_dims *dims) {
  const tq_conv_dims grouped = tq_swar_as_groups(dims);
  return tq_swar_conv_2d_scratch(&grouped, 1);
}
