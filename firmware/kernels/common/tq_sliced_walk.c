#include "tq_sliced.h"
#include "tq_sliced_lookup.h"

TQ_SLICED_INLINE void walk(const uint32_t *units, const tq_sliced_filters *filters, int32_t two, int32_t shift,
                           int32_t fresh, uint32_t *sums) {
  const uint32_t mask = tq_in_register(0x78787878u), nibble = tq_in_register(0x0f0f0f0fu);
  const int32_t *filter = filters->filter;
  const int32_t apart = filters->apart;

  for (int32_t i = filters->filters; i > 0; i--, filter += apart, sums += TQ_SLICED_SUMS) {
    const uint32_t *unit = units;
    uint32_t all_low = 0, all_high = 0, odd_low = 0, odd_high = 0;
    do {
      const uint32_t word = tq_sliced_word(filter, unit, two, 0);
      unit += TQ_SLICED_OFFSETS;
      TQ_SLICED_ADD_WORD(unit, word);
      unit += 2 * TQ_SLICED_WORD_ENTRIES;
    } while ((int32_t)unit[0] >= 0);
    tq_sliced_widen(all_low - (odd_low << 4), shift, fresh, sums);
    tq_sliced_widen(odd_low, shift, fresh, sums + 2);
    tq_sliced_widen(all_high - (odd_high << 4), shift, fresh, sums + 4);
    tq_sliced_widen(odd_high, shift, fresh, sums + 6);
  }
}

void tq_sliced_walk(const tq_sliced_tile *tile, const tq_sliced_filters *filters, uint32_t *sums) {
  const int32_t shift = TQ_USED_SHIFTED ? filters->shift : 0, fresh = filters->fresh;
  const int two = TQ_TAKES(TQ_USED_NARROW, TQ_USED_WIDE, tile->two);

  if (two && fresh && !shift) {
    walk(tile->units, filters, 1, 0, 1, sums);
  } else if (two) {
    walk(tile->units, filters, 1, shift, fresh, sums);
  } else if (shift) {
    walk(tile->units, filters, 0, shift, fresh, sums);
  } else if (fresh) {
    walk(tile->units, filters, 0, 0, 1, sums);
  } else {
    walk(tile->units, filters, 0, 0, 0, sums);
  }
}
