#include "tq_sliced_adders.h"
#include "tq_sliced_lines.h"

#define SEEN(i) (*(const uint32_t *)(const void *)((const char *)seen + list[i]))

void tq_sliced_lines_add(const uint32_t *seen, const uint16_t *list, int32_t fours, uint32_t *counts) {
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
