#include "tq_sliced_adders.h"
#include "tq_sliced_lines.h"

#define SEEN(i) (*(const uint32_t *)(const void *)((const char *)seen + list[i]))

/* What is at four places from the i-th on; carry, of weight 4. */
#define FOUR(i, carry)                                      \
  do {                                                      \
    uint32_t x_, y_;                                        \
    TQ_SLICED_FULL(one, SEEN(i), SEEN((i) + 1), x_);        \
    TQ_SLICED_FULL(one, SEEN((i) + 2), SEEN((i) + 3), y_);  \
    TQ_SLICED_FULL(two, x_, y_, carry);                     \
  } while (0)

void tq_sliced_lines_add(const uint32_t *seen, const uint16_t *list, int32_t fours, uint32_t *counts) {
  uint32_t one = counts[0], two = counts[1], four = counts[2], eight = counts[3], first, second, low, high;

  for (; fours >= 4; fours -= 4, list += 16) {
    FOUR(0, first);
    FOUR(4, second);
    TQ_SLICED_FULL(four, first, second, low);
    FOUR(8, first);
    FOUR(12, second);
    TQ_SLICED_FULL(four, first, second, high);
    TQ_SLICED_FULL(eight, low, high, first);
    tq_sliced_ripple(counts + 4, first);
  }
  for (; fours > 0; fours--, list += 4) {
    FOUR(0, first);
    TQ_SLICED_HALF(four, first);
    TQ_SLICED_HALF(eight, first);
    tq_sliced_ripple(counts + 4, first);
  }
  counts[0] = one;
  counts[1] = two;
  counts[2] = four;
  counts[3] = eight;
}
