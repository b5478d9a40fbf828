#include "tq_swar_lines.h"

static int32_t sample(const int8_t *row, int32_t size, int32_t step, int32_t zero, int32_t place) {
  return place >= 0 && place < size ? row[place * step] : zero;
}

/* Words of which all is inside; `apart`: bytes between samples. */
static uint32_t *put_inside(const int8_t *x, int32_t apart, uint32_t *words, int32_t count) {
#if TQ_SWAR_THUMB
  /* gcc 12 has no offset of 0 in a register for loads that extend signs. */
#define ONE(low, high)               \
  "ldrsb " low ", [%0, %3]\n"        \
  "adds %0, %0, %2\n"                \
  "ldrsb " high ", [%0, %3]\n"       \
  "adds %0, %0, %2\n"                \
  "lsls " high ", " high ", #16\n"   \
  "adds " low ", " low ", " high "\n"
  for (; count > 3; count -= 4) {
    __asm__ volatile(".syntax unified\n" ONE("r3", "r4") ONE("r4", "r5") "stm %1!, {r3, r4}\n"
                     ONE("r3", "r4") ONE("r4", "r5") "stm %1!, {r3, r4}\n"
                     : "+l"(x), "+l"(words)
                     : "l"(apart), "l"(0)
                     : "r3", "r4", "r5", "cc", "memory");
  }
#endif
  for (const int32_t next = 2 * apart; count > 0; count--, x += next) *words++ = tq_swar_word(x[0], x[apart]);
  return words;
}

/* How many of `left` words, whose samples lie `stride` apart, are inside, of which the first one is. */
static int32_t inside_of(int32_t size, int32_t place, int32_t stride, int32_t left) {
  const int32_t room = size - 1 - stride - place;

  if (2 * stride * (left - 1) <= room) return left;
  return (stride == 1 ? room >> 1 : room / (2 * stride)) + 1;
}

void tq_swar_put_row(const tq_swar_stretch *stretch, int32_t stride, const int8_t *row, int32_t size, int32_t step,
                     int32_t zero, int32_t begin, uint32_t *words) {
  const uint32_t *end = words + stretch->row_words;

  if (!row) {
    while (words < end) *words++ = tq_swar_word(zero, zero);
    return;
  }
  if (stride == 1 && stretch->phases == 2) {
    tq_swar_put_neighbours(row, size, step, zero, begin, words, stretch->phase_words);
    return;
  }
  for (int32_t phase = 0; phase < stretch->phases; phase++) {
    int32_t place = begin + phase;
    for (end = words + stretch->phase_words; words < end;) {
      int32_t run = 1;
      if (place >= 0 && place + stride < size) {
        run = inside_of(size, place, stride, (int32_t)(end - words));
        words = put_inside(row + place * step, stride * step, words, run);
      } else {
        const int32_t first = sample(row, size, step, zero, place);
        *words++ = tq_swar_word(first, sample(row, size, step, zero, place + stride));
      }
      place += 2 * stride * run;
    }
  }
}
