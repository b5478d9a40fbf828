#include "tq_bits.h"
#include "tq_sliced_adders.h"
#include "tq_sliced_lines.h"

/* Whether any code is 0 of those that ternary plane 0 has. */
static int any_zero(const tq_sliced_lines *l, const uint32_t *seen) {
  const int32_t block = l->sizes.block;

  for (int32_t i = 0; i <= l->sizes.behind; i++) {
    if (seen[(i + 1) * block - 2] != 0) return 1;
  }
  return 0;
}

static void add_planes(const tq_sliced_lines *l, const uint32_t *seen, const uint16_t *list, int32_t fours,
                       int32_t low, uint32_t *counts) {
  if (fours == 0) return;
  if (l->planes == 1) {
    tq_sliced_lines_add(seen, list, fours, counts);
  } else if (low) {
    tq_sliced_lines_add_both(seen, l->sizes.plane, list, fours, counts);
  } else {
    tq_sliced_lines_add(seen + l->sizes.plane, list, fours, counts + 1);
  }
}

/* counts = digits of a number, the same of all positions. */
static void begin(uint32_t number, uint32_t *counts, int32_t digits) {
  for (const uint32_t *const end = counts + digits; counts < end; counts += 4, number >>= 4) {
    counts[0] = 0 - (number & 1);
    counts[1] = 0 - (number >> 1 & 1);
    counts[2] = 0 - (number >> 2 & 1);
    counts[3] = 0 - (number >> 3 & 1);
  }
}

static void complement(uint32_t *counts, int32_t digits) {
  for (const uint32_t *const end = counts + digits; counts < end; counts += 4) {
    const uint32_t a = ~counts[0], b = ~counts[1], c = ~counts[2], d = ~counts[3];
    counts[0] = a;
    counts[1] = b;
    counts[2] = c;
    counts[3] = d;
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

void tq_sliced_lines_count(const tq_sliced_lines *l, int32_t i, const uint32_t *seen, uint32_t *counts) {
  const tq_sliced_lines_filter *const f = l->filters + i;
  const int32_t digits = f->digits <= 8 ? 8 : TQ_SLICED_LINES_DIGITS;
  const int32_t low = l->layer->x_levels != 3 || any_zero(l, seen);
  const uint16_t *minus = l->lists + i * l->sizes.list, *plus = minus + l->sizes.list - 4 * f->count[1];

  begin(~(uint32_t)f->start, counts, digits);
  add_planes(l, seen, minus, f->count[0], low, counts);
  complement(counts, digits);
  add_planes(l, seen, plus, f->count[1], low, counts);
  if (l->layer->w_levels != 4) return;
  triple(counts, digits);
  complement(counts, digits);
  add_planes(l, seen, minus + 4 * f->count[0], f->count[2], low, counts);
  complement(counts, digits);
  add_planes(l, seen, plus - 4 * f->count[3], f->count[3], low, counts);
}
