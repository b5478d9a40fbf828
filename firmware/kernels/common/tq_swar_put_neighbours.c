#include "tq_swar_lines.h"

/* Words of which all is inside, to `end`; x: the sample behind `before`. */
static void slide(const int8_t *x, int32_t step, int32_t before, uint32_t *even, uint32_t *odd,
                  const uint32_t *end) {
#if TQ_SWAR_THUMB
  register const int8_t *r0 __asm__("r0") = x;
  register uint32_t *r1 __asm__("r1") = even;
  register uint32_t *r2 __asm__("r2") = odd;
  register int32_t r3 __asm__("r3") = step;
  register int32_t r4 __asm__("r4") = before;
  register const uint32_t *r5 __asm__("r5") = end;

  /* All eight registers, and loads with an offset of 0, as gcc 12 does not make them. */
  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n" /* the compiler's where it does not optimize */
      "mov r12, r5\n"
      "movs r7, #0\n"
      "1:\n"
      "ldrsb r5, [r0, r7]\n"
      "adds r0, r0, r3\n"
      "lsls r6, r5, #16\n"
      "adds r6, r6, r4\n"
      "stm r1!, {r6}\n"
      "ldrsb r4, [r0, r7]\n"
      "adds r0, r0, r3\n"
      "lsls r6, r4, #16\n"
      "adds r6, r6, r5\n"
      "stm r2!, {r6}\n"
      "cmp r1, r12\n"
      "bne 1b\n"
      "pop {r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5)
      :
      : "r6", "r12", "cc", "memory");
#else
  while (even < end) {
    const int32_t between = x[0], after = x[step];
    *even++ = tq_swar_word(before, between);
    *odd++ = tq_swar_word(between, after);
    before = after;
    x += 2 * step;
  }
#endif
}

static int32_t sample(const int8_t *row, int32_t size, int32_t step, int32_t zero, int32_t place) {
  return place >= 0 && place < size ? row[place * step] : zero;
}

void tq_swar_put_neighbours(const int8_t *row, int32_t size, int32_t step, int32_t zero, int32_t begin,
                            uint32_t *words, int32_t count) {
  uint32_t *even = words, *odd = words + count;
  const uint32_t *const end = odd;

  while (even < end) {
    int32_t run = 1;
    if (begin >= 0 && begin + 2 < size) {
      const int32_t room = (size - 1 - begin) >> 1, left = (int32_t)(end - even);
      run = room < left ? room : left;
      slide(row + (begin + 1) * step, step, row[begin * step], even, odd, even + run);
    } else {
      const int32_t between = sample(row, size, step, zero, begin + 1);
      *even = tq_swar_word(sample(row, size, step, zero, begin), between);
      *odd = tq_swar_word(between, sample(row, size, step, zero, begin + 2));
    }
    begin += 2 * run;
    even += run;
    odd += run;
  }
}
