#include "tq_neon_depthwise.h"

/* In the order in which tq_neon_depthwise lays them; 16 bytes may be read behind the copy. */
int32_t tq_neon_depthwise_scratch(const tq_conv_dims *dims) {
  const tq_dims in = dims->input, filter = dims->filter;
  const int32_t taps = filter.h * filter.w, channels = (filter.c + 15) / 16 * 16;
  return (4 * taps + 4 * channels + taps * channels + filter.h * (in.w + 2 * filter.w) * in.c + 16 + 3) / 4 * 4;
}
