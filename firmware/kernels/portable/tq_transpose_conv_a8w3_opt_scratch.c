#include "tinyq/tq_kernels.h"

/* Four filters in parts, and the codes of one, as bytes. */
int32_t tq_transpose_conv_a8w3_opt_scratch(const tq_conv_dims *dims) {
  return 5 * dims->filter.h * dims->filter.w * dims->filter.c;
}
