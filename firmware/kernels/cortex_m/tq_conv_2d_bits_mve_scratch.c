#include "../common/tq_mve_sliced.h"
#include "tinyq/tq_kernels_mve.h"

int32_t tq_conv_2d_bits_mve_scratch(const tq_conv_dims *dims) {
  const int32_t own = tq_mve_sliced_scratch(dims), other = tq_sliced_conv_2d_bits_scratch(dims);
  return own > other ? own : other;
}
