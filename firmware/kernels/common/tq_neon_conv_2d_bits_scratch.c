#include "tq_bits.h"
#include "tq_bits_formulas.h"
#include "tq_neon_bits.h"

#define MOST_PLANES 8

/* In the order in which tq_neon_conv_2d_bits lays them; never less than the _opt kernels take. */
int32_t tq_neon_conv_2d_bits_scratch(const tq_conv_dims *dims) {
  const int32_t words = tq_bits_words(dims->filter.c), apart = (dims->filter.n + 7) / 8 * 8;
  const int32_t steps = (dims->filter.h * dims->filter.w * words + 3) / 4, behind = TQ_SIGNS_BEHIND / 4;
  const int32_t sums = (1 + 4 + TQ_NEON_MOST_LEVELS - 1 + 2) * apart, rows = 32 * steps + 16 + behind;
  const int32_t filters = MOST_PLANES * (apart * 4 * steps + behind), opt = tq_conv_2d_bits_words_scratch(dims);

  if (!tq_neon_conv_2d_bits_fits(dims)) return opt;
  const int32_t all = 4 * (MOST_PLANES * words + tq_neon_bits_copy_words(dims) + sums + rows + filters);
  return all > opt ? all : opt;
}
