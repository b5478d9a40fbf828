#include "tq_swar_conv_2d.h"

/* Neighbouring inputs of two positions; the words of a tap are TQ_SWAR_WORDS apart. */
static void put(const int8_t *a, const int8_t *b, int32_t count, uint32_t *words) {
  for (; count > 3; count -= 4, a += 4, b += 4, words += 4 * TQ_SWAR_WORDS) {
    words[0 * TQ_SWAR_WORDS] = tq_swar_word(a[0], b[0]);
    words[1 * TQ_SWAR_WORDS] = tq_swar_word(a[1], b[1]);
    words[2 * TQ_SWAR_WORDS] = tq_swar_word(a[2], b[2]);
    words[3 * TQ_SWAR_WORDS] = tq_swar_word(a[3], b[3]);
  }
  for (; count > 0; count--, words += TQ_SWAR_WORDS) *words = tq_swar_word(*a++, *b++);
}

void tq_swar_gather(tq_swar_walk *walk, int32_t taps, int32_t count, uint32_t *words) {
  const uint32_t *const end = words + TQ_SWAR_WORDS * count;
  int32_t left = walk->tap + count < taps ? count : taps - walk->tap;

  while (left > 0) {
    const int8_t *from[TQ_SWAR_TILE];
    const int32_t run = tq_swar_next(walk, left, from);
    for (int32_t i = 0; i < TQ_SWAR_WORDS; i++) put(from[2 * i], from[2 * i + 1], run, words + i);
    words += TQ_SWAR_WORDS * run;
    left -= run;
  }
  while (words < end) *words++ = 0;
}
