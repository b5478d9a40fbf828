#include "tq_sliced_lines.h"

int32_t tq_sliced_few_scratch(const tq_conv_dims *dims) {
  const int32_t others = tq_sliced_conv_2d_bits_scratch(dims);
  const int32_t lines = tq_sliced_few_are(dims) ? tq_sliced_lines_scratch(dims) : 0;

  return lines > others ? lines : others;
}
