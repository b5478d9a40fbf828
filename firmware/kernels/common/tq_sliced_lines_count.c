#include "tq_bits.h"
#include "tq_sliced_adders.h"
#include "tq_sliced_lines.h"

#define SEEN(i) (*(const uint32_t *)(const void *)((const char *)seen + list[i]))

/* counts += ones of `fours` * 4 words. */
static void add(const uint32_t *seen, const uint16_t *list, int32_t fours, uint32_t *counts) {
  uint32_t one = counts[0], two = counts[1], four = counts[2], first, second, low, high;

  for (; fours >= 2; fours -= 2, list += 8) {
    TQ_SLICED_FULL(one, SEEN(0), SEEN(1), first);
    TQ_SLICED_FULL(one, SEEN(2), SEEN(3), second);
    TQ_SLICED_FULL(two, first, second, low);
    TQ_SLICED_FULL(one, SEEN(4), SEEN(5), first);
    TQ_SLICED_FULL(one, SEEN(6), SEEN(7), second);
    TQ_SLICED_FULL(two, first, second, high);
    TQ_SLICED_FULL(four, low, high, first);
    tq_sliced_ripple(counts + 3, first);
  }
  if (fours > 0) {
    TQ_SLICED_FULL(one, SEEN(0), SEEN(1), first);
    TQ_SLICED_FULL(one, SEEN(2), SEEN(3), second);
    TQ_SLICED_FULL(two, first, second, low);
    TQ_SLICED_HALF(four, low);
    tq_sliced_ripple(counts + 3, low);
  }
  counts[0] = one;
  counts[1] = two;
  counts[2] = four;
}

static void add_planes(const tq_sliced_lines *l, const uint32_t *seen, const uint16_t *list, int32_t fours,
                       uint32_t *counts) {
  if (fours == 0) return;
  add(seen, list, fours, counts);
  if (l->planes > 1) add(seen + l->sizes.plane, list, fours, counts + 1);
}

static void complement(uint32_t *counts, int32_t digits) {
  for (const uint32_t *const end = counts + digits; counts < end; counts++) *counts = ~*counts;
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

void tq_sliced_lines_count(const tq_sliced_lines *l, int32_t i, const uint32_t *seen, uint32_t *counts) {
  const tq_sliced_lines_filter *const f = l->filters + i;
  const uint16_t *minus = l->lists + i * l->sizes.list, *plus = minus + l->sizes.list - 4 * f->count[1];

  for (int32_t digit = 0; digit < f->digits; digit++) counts[digit] = (uint32_t)(f->start >> digit & 1) - 1;
  for (int32_t digit = f->digits; digit < f->digits + 4; digit++) counts[digit] = 0;
  add_planes(l, seen, minus, f->count[0], counts);
  complement(counts, f->digits);
  add_planes(l, seen, plus, f->count[1], counts);
  if (l->layer->w_levels != 4) return;
  triple(counts, f->digits);
  complement(counts, f->digits);
  add_planes(l, seen, minus + 4 * f->count[0], f->count[2], counts);
  complement(counts, f->digits);
  add_planes(l, seen, plus - 4 * f->count[3], f->count[3], counts);
}
