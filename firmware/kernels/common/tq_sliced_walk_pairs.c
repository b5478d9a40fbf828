#include "tq_sliced.h"
#include "tq_sliced_lookup.h"

#define PAIRS 0x33333333u

/* A word of ternary weights is two words of look-ups: of the first and second, and of the third and fourth weight
 * of each four; two bits whether they are not 0, two whether they are minus. */
TQ_SLICED_INLINE void walk(const uint32_t *units, const tq_sliced_filters *filters, int32_t two, uint32_t *sums) {
  const int32_t fresh = filters->fresh;
  const uint32_t mask = tq_in_register(0x78787878u), nibble = tq_in_register(0x0f0f0f0fu);
  const int32_t *filter = filters->filter;
  const int32_t apart = filters->apart, plane = filters->zeros;

  for (int32_t i = filters->filters; i > 0; i--, filter += apart, sums += TQ_SLICED_SUMS) {
    const uint32_t *unit = units;
    uint32_t all_low = 0, all_high = 0, odd_low = 0, odd_high = 0;
    do {
      uint32_t there = tq_sliced_word(filter - plane, unit, two, 0), minus = tq_sliced_word(filter, unit, two, 0);
      const uint32_t first = (there & PAIRS) | (minus & PAIRS) << 2;
      unit += TQ_SLICED_OFFSETS;
      there = (there >> 2 & PAIRS) | (minus & ~PAIRS);
      TQ_SLICED_ADD_WORD(unit, first);
      unit += 2 * TQ_SLICED_WORD_ENTRIES;
      TQ_SLICED_ADD_WORD(unit, there);
      unit += 2 * TQ_SLICED_WORD_ENTRIES;
    } while ((int32_t)unit[0] >= 0);
    tq_sliced_widen(all_low - (odd_low << 4), 0, fresh, sums);
    tq_sliced_widen(odd_low, 0, fresh, sums + 2);
    tq_sliced_widen(all_high - (odd_high << 4), 0, fresh, sums + 4);
    tq_sliced_widen(odd_high, 0, fresh, sums + 6);
  }
}

void tq_sliced_walk_pairs(const tq_sliced_tile *tile, const tq_sliced_filters *filters, uint32_t *sums) {
  if (TQ_TAKES(TQ_USED_NARROW, TQ_USED_WIDE, tile->two)) {
    walk(tile->units, filters, 1, sums);
  } else {
    walk(tile->units, filters, 0, sums);
  }
}
