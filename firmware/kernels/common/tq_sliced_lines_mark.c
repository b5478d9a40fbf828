#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Positions whose E is less than a limit: the highest digit that differs decides. Digits are there in twos. */
TQ_SLICED_INLINE uint32_t less(const uint32_t *counts, int32_t digits, int32_t limit) {
  uint32_t least = UINT32_MAX; /* those whose E is at least the limit */
  const uint32_t *const end = counts + digits;

  if (limit >> digits != 0) return UINT32_MAX;
  do {
    least = limit & 1 ? least & counts[0] : least | counts[0];
    least = limit & 2 ? least & counts[1] : least | counts[1];
    counts += 2;
    limit >>= 2;
  } while (counts < end);
  return ~least;
}

void tq_sliced_lines_mark(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t k, const uint32_t *counts) {
  const tq_bits_output *const how = l->layer->params;
  const tq_sliced_lines_filter *const f = l->filters + i;
  const int32_t flip = how->flip && how->flip[o], words = l->sizes.words;
  uint32_t *const low = l->marks + o % 8 * words + k, *const high = low + 8 * words;
  const uint32_t first = less(counts, f->digits, f->limits[0]);
  uint32_t second, third;

  if (TQ_USED_TO_SIGNS && how->levels == 2) {
    *low = flip ? first : ~first;
    return;
  }
  second = less(counts, f->digits, f->limits[1]);
  if (TQ_USED_TO_TERNARY && how->levels == 3) {
    *low = ~(first ^ second);
    *high = flip ? first & second : ~(first | second);
  } else if (TQ_USED_TO_PLANES) {
    third = less(counts, f->digits, f->limits[2]);
    *low = first ^ second ^ third ^ (flip ? 0 : UINT32_MAX);
    *high = ((first & second) | (third & (first | second))) ^ (flip ? 0 : UINT32_MAX);
  }
}
