#include "tq_sliced.h"
#include "tq_sliced_lookup.h"

#define TABLE_WORDS (4 * TQ_SLICED_WORD_ENTRIES)
#define ADD(k, table) TQ_SLICED_ADD4(a, b, c, d, table, w, k)
#define WIDEN                                \
  do {                                       \
    tq_sliced_widen(a, shift, fresh, sums);         \
    tq_sliced_widen(b, shift, fresh, sums + 2);     \
    tq_sliced_widen(c, shift, fresh, sums + 4);     \
    tq_sliced_widen(d, shift, fresh, sums + 6);     \
    a = b = c = d = 0;                       \
    fresh = 0;                               \
  } while (0)

/* tight: sixteen inputs may reach 15 * 16, so a byte has no room for more; otherwise it has for the tile. */
TQ_SLICED_INLINE void walk(const uint32_t *units, const tq_sliced_filters *filters, int32_t two, int32_t zeros,
                        int32_t shift, int32_t tight, uint32_t *sums) {
  const uint32_t mask = tq_in_register(0xf0f0f0f0u);
  const int32_t *filter = filters->filter;
  const int32_t apart = filters->apart;

  for (int32_t i = filters->filters; i > 0; i--, filter += apart, sums += TQ_SLICED_SUMS) {
    const uint32_t *unit = units;
    int32_t fresh = filters->fresh;
    uint32_t a = 0, b = 0, c = 0, d = 0;
    do {
      const tq_nibbles w = tq_nibbles_of(tq_sliced_word(filter, unit, two, zeros), mask, 4);
      unit += TQ_SLICED_OFFSETS;
      ADD(0, unit);
      ADD(1, unit);
      ADD(2, unit);
      ADD(3, unit);
      unit += TABLE_WORDS / 2;
      if (tight) WIDEN;
      ADD(4, unit);
      ADD(5, unit);
      ADD(6, unit);
      ADD(7, unit);
      unit += TABLE_WORDS / 2;
      if (tight) WIDEN;
    } while ((int32_t)unit[0] >= 0);
    if (!tight) WIDEN;
  }
}

void tq_sliced_walk_bytes(const tq_sliced_tile *tile, const tq_sliced_filters *filters, uint32_t *sums) {
  const int32_t zeros = filters->zeros, shift = filters->shift;

  if (tile->two || tile->tight) {
    walk(tile->units, filters, tile->two, zeros, shift, tile->tight, sums);
  } else if (zeros) {
    walk(tile->units, filters, 0, zeros, 0, 0, sums);
  } else {
    walk(tile->units, filters, 0, 0, shift, 0, sums);
  }
}
