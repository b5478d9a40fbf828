#include "tq_dsp_fir.h"

#if TQ_DSP_CORE
/* Two words of the filter at four places: words of neighbours in `a` and `b` and the next four, of which the last
 * two are the first ones of the next step. r0: x, r1: words, sums in r9..r12. */
#define TWO_WORDS(a, b, c, d)                        \
  "ldrd r7, lr, [r1], #8\n"                          \
  "ldm.w r0!, {r2, r3, " c ", " d "}\n"              \
  "smlad r9, " a ", r7, r9\n"                        \
  "smlad r10, " b ", r7, r10\n"                      \
  "smlad r11, r2, r7, r11\n"                         \
  "smlad r12, r3, r7, r12\n"                         \
  "smlad r9, r2, lr, r9\n"                           \
  "smlad r10, r3, lr, r10\n"                         \
  "smlad r11, " c ", lr, r11\n"                      \
  "smlad r12, " d ", lr, r12\n"
#define FOUR_WORDS TWO_WORDS("r4", "r5", "r6", "r8") TWO_WORDS("r6", "r8", "r4", "r5")

void tq_dsp_fir_sums_int8(int32_t *sums, const uint32_t *x, const uint32_t *words, int32_t fours, int32_t tiles) {
  register const uint32_t *r0 __asm__("r0") = x;
  register int32_t *r1 __asm__("r1") = sums;
  register int32_t *r2 __asm__("r2") = sums + 4 * tiles;
  register const uint32_t *r3 __asm__("r3") = words;
  register int32_t r4 __asm__("r4") = 80 * (fours & 1);
  register const uint32_t *r5 __asm__("r5") = words + 4 * fours;
  register int32_t r6 __asm__("r6") = 32 * fours - 8;

  __asm__ volatile(
      "adr.w r12, 2f\n"
      "add.w r4, r4, r12\n"
      "orr r4, r4, #1\n" /* Thumb */
      "push {r1, r2, r3, r4, r5, r6, r7}\n"
      "1:\n"
      "ldr r1, [sp, #8]\n"
      "ldm r0!, {r4, r5}\n"
      "mov.w r9, #0\n"
      "mov r10, r9\n"
      "mov r11, r9\n"
      "mov r12, r9\n"
      "ldr pc, [sp, #12]\n" /* into the middle of the first turn, where the words are an odd number of fours */
      ".p2align 2\n"
      "2:\n"
      FOUR_WORDS FOUR_WORDS
      "ldr r2, [sp, #16]\n"
      "cmp r1, r2\n"
      "bne 2b\n"
      "ldrd r1, r3, [sp]\n"
      "ldr r2, [sp, #20]\n"
      "stm r1!, {r9, r10, r11, r12}\n"
      "sub.w r0, r0, r2\n"
      "str r1, [sp]\n"
      "cmp r1, r3\n"
      "bne 1b\n"
      "add sp, sp, #24\n"
      "pop {r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
      :
      : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_fir_sums_int8(int32_t *sums, const uint32_t *x, const uint32_t *words, int32_t fours, int32_t tiles) {
  for (int32_t i = 0; i < 4 * tiles; i++) {
    sums[i] = 0;
    for (int32_t j = 0; j < 4 * fours; j++) sums[i] = tq_smlad(x[i + 2 * j], words[j], sums[i]);
  }
}
#endif
