#include "tinyq/tq_kernels.h"

/* One filter's codes as bytes, and those of four filters as two words for each tap. */
int32_t tq_conv_2d_a8w1_opt_scratch(const tq_conv_dims *dims) {
  return 9 * dims->filter.h * dims->filter.w * dims->filter.c;
}
