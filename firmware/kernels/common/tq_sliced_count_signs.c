#include "tq_sliced_adders.h"
#include "tq_sliced_depthwise.h"

#define DIFFERING(i) ((uint32_t)seen[i][word] ^ (uint32_t)w[(i) * words])

void tq_sliced_count_signs(const tq_sliced_taps *t, uint32_t *counts) {
  const int32_t word = t->word, words = t->words;
  const int32_t *const *seen = t->seen;
  const int32_t *w = t->filter + word;
  uint32_t ones = 0, twos = 0, fours = 0;
  int32_t taps = t->taps;

  tq_sliced_clear(counts, 3, t->digits);
  for (; taps >= 4; taps -= 4, seen += 4, w += 4 * words) {
    uint32_t first, second, carry;
    TQ_SLICED_FULL(ones, DIFFERING(0), DIFFERING(1), first);
    TQ_SLICED_FULL(ones, DIFFERING(2), DIFFERING(3), second);
    TQ_SLICED_FULL(twos, first, second, carry);
    TQ_SLICED_HALF(fours, carry);
    tq_sliced_ripple(counts + 3, carry);
  }
  for (; taps > 0; taps--, seen++, w += words) {
    TQ_SLICED_COUNT(DIFFERING(0), ones, twos, fours, counts);
  }
  counts[0] = ones;
  counts[1] = twos;
  counts[2] = fours;
}
