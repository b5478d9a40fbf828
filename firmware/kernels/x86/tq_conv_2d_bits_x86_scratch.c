#include "../common/tq_x86_bits.h"
#include "tinyq/tq_kernels_x86.h"

/* For activations and weights of up to 256 levels. */
int32_t tq_conv_2d_bits_x86_scratch(const tq_conv_dims *dims) {
  const int32_t own = tq_x86_conv_bits_scratch(dims, 8, 8), other = tq_conv_2d_bits_opt_scratch(dims);
  return own > other ? own : other;
}
