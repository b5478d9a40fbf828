#include "tq_bits.h"
#include "tq_sliced_adders.h"
#include "tq_sliced_lines.h"

static void add(const tq_sliced_lines *l, const uint32_t *seen, const uint16_t *list, int32_t fours,
                uint32_t *counts) {
  if (fours == 0) return;
  if (l->planes == 1) {
    tq_sliced_lines_add(seen, list, fours, counts);
  } else if (l->low) {
    tq_sliced_lines_add_both(seen, l->sizes.plane, list, fours, counts);
  } else {
    tq_sliced_lines_add(seen + l->sizes.plane, list, fours, counts + 1);
  }
}

static void triple(uint32_t *counts, int32_t digits) {
  uint32_t before = 0, carry = 0;

  for (const uint32_t *const end = counts + digits; counts < end; counts++) {
    const uint32_t digit = *counts;
    uint32_t sum = digit;
    TQ_SLICED_FULL(sum, before, carry, carry);
    before = digit;
    *counts = sum;
  }
}

void tq_sliced_lines_count(const tq_sliced_lines *l, int32_t i, int32_t k, uint32_t *counts) {
  const tq_sliced_lines_filter *const f = l->filters + i;
  const int32_t digits = f->digits <= 8 ? 8 : TQ_SLICED_LINES_DIGITS;
  const uint16_t *const list = l->lists + i * l->sizes.list;
  const uint32_t *const seen = l->seen + k;
  const uint32_t none = tq_in_register(0); /* or gcc calls memset */

  for (int32_t digit = 0; digit < digits; digit += 4) {
    counts[digit] = counts[digit + 1] = counts[digit + 2] = counts[digit + 3] = none;
  }
  if (!l->low) counts[0] = l->odd[k];
  add(l, seen, list, f->count[0], counts);
  if (l->layer->w_levels != 4) return;
  triple(counts, f->digits);
  add(l, seen, list + 4 * f->count[0], f->count[1], counts);
}
