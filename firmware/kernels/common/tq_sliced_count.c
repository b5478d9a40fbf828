#include "tq_sliced_adders.h"
#include "tq_sliced_depthwise.h"

void tq_sliced_count(const uint32_t *words, int32_t count, int32_t digit, uint32_t *counts) {
  uint32_t ones = counts[digit], twos = counts[digit + 1];

  for (; count >= 4; count -= 4, words += 4) {
    uint32_t first, second, fours;
    TQ_SLICED_FULL(ones, words[0], words[1], first);
    TQ_SLICED_FULL(ones, words[2], words[3], second);
    TQ_SLICED_FULL(twos, first, second, fours);
    tq_sliced_ripple(counts + digit + 2, fours);
  }
  for (; count > 0; count--, words++) {
    const uint32_t first = ones & *words, second = twos & first;
    ones ^= *words;
    twos ^= first;
    tq_sliced_ripple(counts + digit + 2, second);
  }
  counts[digit] = ones;
  counts[digit + 1] = twos;
}
