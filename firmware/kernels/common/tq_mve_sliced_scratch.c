#include "tq_mve_sliced.h"

/* In the order in which tq_mve_sliced_conv lays them. */
int32_t tq_mve_sliced_scratch(const tq_conv_dims *dims) {
  const int32_t filters = dims->filter.n < TQ_MVE_FILTERS ? dims->filter.n : TQ_MVE_FILTERS;
  const int32_t lanes = 5 * TQ_MVE_BLOCK + (filters + 2) * TQ_MVE_TILE / 8 + tq_bits_words(dims->filter.n);

  return 4 * (dims->filter.n + TQ_SLICED_PLANES * tq_bits_words(dims->input.c) + lanes) + 2 * TQ_MVE_BLOCK * (filters + 2) +
         TQ_MVE_TILE * TQ_MVE_TABLE;
}
