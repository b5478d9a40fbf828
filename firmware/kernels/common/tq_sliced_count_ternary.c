#include "tq_sliced_adders.h"
#include "tq_sliced_depthwise.h"
#include "tq_sliced_lookup.h"

/* Where the product of tap i is 0, and where it is -1; `there` where it is not 0. */
#define PRODUCT(i)                                                                              \
  const int32_t *const x##i = seen[i] + word, *const w##i = w + (i) * w_row;                    \
  const uint32_t there##i = (x_ternary ? (uint32_t)*x##i : UINT32_MAX) &                        \
                            (w_ternary ? (uint32_t)*w##i : UINT32_MAX);                         \
  const uint32_t minus##i = ((uint32_t)x##i[x_signs] ^ (uint32_t)w##i[w_signs]) & there##i

/* One side ternary, the other ternary or signs: sums of 1 - x * w. */
TQ_SLICED_INLINE void count_ternary(const tq_sliced_taps *t, int32_t x_ternary, int32_t w_ternary, uint32_t *counts) {
  const int32_t x_signs = x_ternary ? t->words : 0, w_signs = w_ternary ? t->words : 0;
  const int32_t word = t->word, w_row = t->words + w_signs;
  const int32_t *const *seen = t->seen;
  const int32_t *w = t->filter + word;
  uint32_t ones = 0, twos = 0, fours = 0;
  int32_t taps = t->taps;

  tq_sliced_clear(counts, 3, t->digits);
  for (; taps >= 2; taps -= 2, seen += 2, w += 2 * w_row) {
    uint32_t two, four, eight;
    PRODUCT(0);
    PRODUCT(1);
    TQ_SLICED_FULL(ones, ~there0, ~there1, two);
    TQ_SLICED_FULL(twos, minus0, minus1, four);
    TQ_SLICED_HALF(twos, two);
    TQ_SLICED_FULL(fours, four, two, eight);
    tq_sliced_ripple(counts + 3, eight);
  }
  if (taps > 0) {
    PRODUCT(0);
    uint32_t carry = ones & ~there0;
    ones ^= ~there0;
    TQ_SLICED_FULL(twos, minus0, carry, carry);
    TQ_SLICED_HALF(fours, carry);
    tq_sliced_ripple(counts + 3, carry);
  }
  counts[0] = ones;
  counts[1] = twos;
  counts[2] = fours;
}

void tq_sliced_count_ternary(const tq_sliced_taps *t, uint32_t *counts) {
  if (t->x_levels == 3 && t->w_levels == 3) {
    count_ternary(t, 1, 1, counts);
  } else {
    count_ternary(t, t->x_levels == 3, t->w_levels == 3, counts);
  }
}
