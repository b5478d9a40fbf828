#include "tq_mve_narrow.h"

/* In the order in which tq_mve_sliced_conv_by lays them, or what is for few channels. */
int32_t tq_mve_sliced_scratch(const tq_conv_dims *dims) {
  const int32_t filters = dims->filter.n < TQ_MVE_FILTERS ? dims->filter.n : TQ_MVE_FILTERS;
  const int32_t lanes = 5 * TQ_MVE_BLOCK + 2 * (filters + 2) * TQ_MVE_TILE / 8 + tq_bits_words(dims->filter.n);
  const int32_t words = tq_mve_limits_words(dims->filter.n) + TQ_SLICED_PLANES * tq_bits_words(dims->input.c) + lanes;
  const int32_t blocks = 4 * words + 2 * TQ_MVE_BLOCK * (filters + 2) + TQ_MVE_TILE * TQ_MVE_TABLE;
  const int32_t narrow = tq_mve_narrow_scratch(dims);

  return narrow > blocks ? narrow : blocks;
}
