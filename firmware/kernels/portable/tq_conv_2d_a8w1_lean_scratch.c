#include "tinyq/tq_kernels.h"

/* Four filters' codes as bytes. */
int32_t tq_conv_2d_a8w1_lean_scratch(const tq_conv_dims *dims) {
  return 4 * dims->filter.h * dims->filter.w * dims->filter.c;
}
