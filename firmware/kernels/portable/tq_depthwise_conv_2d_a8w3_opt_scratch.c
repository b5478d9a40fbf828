#include "tinyq/tq_kernels.h"

/* All weights as bytes. */
int32_t tq_depthwise_conv_2d_a8w3_opt_scratch(const tq_conv_dims *dims) {
  return dims->filter.h * dims->filter.w * dims->filter.c;
}
