#include "../common/tq_x86_bits.h"
#include "tinyq/tq_kernels_x86.h"

int32_t tq_lce_bconv_2d_a1_x86_scratch(const tq_conv_dims *dims) {
  const int32_t own = tq_x86_conv_bits_scratch(dims, 1, 1), other = tq_lce_bconv_2d_a1_opt_scratch(dims);
  return own > other ? own : other;
}
