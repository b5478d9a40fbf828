#include "../common/tq_neon_depthwise.h"

/* The codes come last. */
int32_t tq_depthwise_conv_2d_a8w1_neon_scratch(const tq_conv_dims *dims) {
  return tq_neon_depthwise_scratch(dims) + dims->filter.h * dims->filter.w * dims->filter.c;
}
