#include "tq_bits.h"
#include "tq_bits_formulas.h"
#include "tq_neon_bits.h"
#include "tq_neon_nibbles.h"

#define MOST_PLANES 8

/* In the order in which tq_neon_conv_2d_bits lays them. */
static int32_t counted(const tq_conv_dims *dims) {
  const int32_t words = tq_bits_words(dims->filter.c), apart = (dims->filter.n + 7) / 8 * 8;
  const int32_t steps = (dims->filter.h * dims->filter.w * words + 3) / 4, behind = TQ_SIGNS_BEHIND / 4;
  const int32_t sums = (1 + 4 + TQ_NEON_MOST_LEVELS - 1 + 2) * apart, rows = 32 * steps + 16 + behind;
  const int32_t filters = MOST_PLANES * (apart * 4 * steps + behind);

  return 4 * (MOST_PLANES * words + tq_neon_bits_copy_words(dims) + sums + rows + filters);
}

/* Of the ways the one that takes most. */
int32_t tq_neon_conv_2d_bits_scratch(const tq_conv_dims *dims) {
  const int32_t own = tq_neon_conv_2d_bits_fits(dims) ? counted(dims) : 0, opt = tq_conv_2d_bits_words_scratch(dims);
  const int32_t nibbles = dims->input.c == dims->filter.c ? tq_neon_nibbles_scratch(dims) : 0;
  const int32_t all = own > opt ? own : opt;

  return all > nibbles ? all : nibbles;
}
