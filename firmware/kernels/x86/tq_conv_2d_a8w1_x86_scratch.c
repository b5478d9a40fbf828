#include "../common/tq_x86_int8.h"
#include "tinyq/tq_kernels_x86.h"

int32_t tq_conv_2d_a8w1_x86_scratch(const tq_conv_dims *dims) {
  const int32_t own = tq_x86_conv_int8_scratch(dims), other = tq_conv_2d_a8w1_opt_scratch(dims);
  return own > other ? own : other;
}
