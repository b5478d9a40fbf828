#include "tq_neon_depthwise.h"

/* In the order in which tq_neon_depthwise lays them; 16 bytes may be read behind the copy, and written behind a row. */
int32_t tq_neon_depthwise_scratch(const tq_conv_dims *dims) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int32_t taps = filter.h * filter.w, lanes = filter.c < 16 ? 16 : filter.c;
  const int32_t few = filter.c < 16 ? 16 * taps + out.w * filter.c + 16 : 0;

  return 4 * taps + 14 * lanes + (lanes + 15) / 16 * 16 + few + filter.h * (in.w + 2 * filter.w) * in.c + 16;
}
