#include "tq_dsp_fir.h"

#if TQ_DSP_CORE
/* Three words of the filter at three places: words of neighbours in `a` and `b` and the next three, of which the last
 * two are the first ones of the next step. r0: x, r1: words, sums in r2 and r3, r9 and r11, r12 and lr. 52 bytes. */
#define THREE_WORDS(a, b, c, d, e)                    \
  "ldm.w r0!, {" c ", " d ", " e "}\n"                \
  "ldr.w r7, [r1], #4\n"                              \
  "smlal r2, r3, " a ", r7\n"                         \
  "smlal r9, r11, " b ", r7\n"                        \
  "smlal r12, lr, " c ", r7\n"                        \
  "ldr.w r7, [r1], #4\n"                              \
  "smlal r2, r3, " b ", r7\n"                         \
  "smlal r9, r11, " c ", r7\n"                        \
  "smlal r12, lr, " d ", r7\n"                        \
  "ldr.w r7, [r1], #4\n"                              \
  "smlal r2, r3, " c ", r7\n"                         \
  "smlal r9, r11, " d ", r7\n"                        \
  "smlal r12, lr, " e ", r7\n"
#define SIX_WORDS THREE_WORDS("r8", "r10", "r4", "r5", "r6") THREE_WORDS("r5", "r6", "r4", "r8", "r10")
/* Adds what the step before left in r7 to a sum: the sum of an odd output, the next one's, and r7 for the next step. */
#define PART(low, high, odd, even)        \
  "adds " low ", " low ", r7\n"           \
  "adc " high ", " high ", #0\n"          \
  "ubfx " odd ", " low ", #0, #21\n"      \
  "lsr.w r7, " high ", #10\n"             \
  "lsr.w " even ", " low ", #21\n"        \
  "bfi " even ", " high ", #11, #10\n"

void tq_dsp_fir_sums_int8(uint32_t *sums, const uint32_t *x, const uint32_t *words, int32_t threes, int32_t tiles) {
  register const uint32_t *r0 __asm__("r0") = x;
  register uint32_t *r1 __asm__("r1") = sums;
  register uint32_t *r2 __asm__("r2") = sums + 6 * tiles;
  register const uint32_t *r3 __asm__("r3") = words;
  register uint32_t r4 __asm__("r4") = 0x3ffffdffu; /* with 0xffe00000: what is added to a second and third part */
  register int32_t r5 __asm__("r5") = 52 * ((6 - threes % 6) % 6);
  register const uint32_t *r6 __asm__("r6") = words + 3 * threes;
  register int32_t r8 __asm__("r8") = 12 * threes - 4;
  register uint32_t r9 __asm__("r9") = (1u << 20) - 1; /* what is left for the first step */

  __asm__ volatile(
      "adr.w r12, 2f\n"
      "add.w r5, r5, r12\n"
      "orr r5, r5, #1\n" /* Thumb */
      "push {r1, r2, r3, r5, r6, r7, r8, r9}\n"
      "movs r2, #0\n"
      "movt r2, #0xffe0\n"
      "mov r3, r4\n"
      "mov r9, r2\n"
      "mov r11, r3\n"
      "mov r12, r2\n"
      "mov lr, r3\n"
      "push {r2, r3, r9, r11, r12, lr}\n"
      "1:\n"
      "ldm.w r0!, {r5, r6}\n"
      "mov r8, r5\n" /* where the first turn begins, they are in r5 and r6, or in these */
      "mov r10, r6\n"
      "ldm sp, {r2, r3, r9, r11, r12, lr}\n"
      "ldr r1, [sp, #32]\n"
      "ldr pc, [sp, #36]\n" /* into the first turn, so that all are whole */
      ".p2align 2\n"
      "2:\n"
      SIX_WORDS SIX_WORDS SIX_WORDS
      "ldr r7, [sp, #40]\n"
      "cmp r1, r7\n"
      "bne 2b\n"
      "ldr r7, [sp, #52]\n"
      PART("r2", "r3", "r4", "r5")
      PART("r9", "r11", "r6", "r8")
      PART("r12", "lr", "r9", "r10")
      "str r7, [sp, #52]\n"
      "ldrd r1, r3, [sp, #24]\n"
      "ldr r2, [sp, #48]\n"
      "stm.w r1!, {r4, r5, r6, r8, r9, r10}\n"
      "sub.w r0, r0, r2\n"
      "str r1, [sp, #24]\n"
      "cmp r1, r3\n"
      "bne 1b\n"
      "add sp, sp, #44\n"
      "pop {r7}\n"
      "add sp, sp, #8\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r8), "+r"(r9)
      :
      : "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_fir_sums_int8(uint32_t *sums, const uint32_t *x, const uint32_t *words, int32_t threes, int32_t tiles) {
  enum { ADDED = (1 << 20) - 1, PART = (1 << 21) - 1 };
  int64_t rest = ADDED; /* never negative */

  for (int32_t i = 0; i < 3 * tiles; i++, x++) {
    rest += ((int64_t)ADDED << 42) + ((int64_t)ADDED << 21);
    for (int32_t j = 0; j < 3 * threes; j++) rest += (int64_t)(int32_t)words[j] * (int32_t)x[j];
    *sums++ = (uint32_t)(rest & PART);
    *sums++ = (uint32_t)(rest >> 21 & PART);
    rest >>= 42;
  }
}
#endif
