#include "tq_mve_few.h"

/* In the order in which tq_mve_few_conv lays them. */
int32_t tq_mve_few_bytes(const tq_mve_few *few) {
  const int32_t channels = few->layer->dims->output.c, limits = (channels + TQ_MVE_FEW_LANES) / 2;
  const int32_t words = 1 + tq_bits_words(channels) + limits + few->line_words + tq_mve_few_places(few);

  return 4 * (words + few->rows * few->columns + 3) + TQ_MVE_FEW_LANES * (few->plan.lookups << few->plan.bits);
}
