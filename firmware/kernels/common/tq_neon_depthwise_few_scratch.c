#include "tq_neon_depthwise.h"
#include "tq_neon_few.h"

/* The weights come last. */
int32_t tq_neon_depthwise_few_scratch(const tq_conv_dims *dims) {
  return tq_neon_depthwise_scratch(dims) + dims->filter.h * dims->filter.w * dims->filter.c;
}
