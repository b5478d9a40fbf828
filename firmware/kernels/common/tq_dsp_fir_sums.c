#include "tq_dsp_fir.h"

#if TQ_DSP_CORE
/* Two words of the filter at three steps. r0: words, r1 and r2: even and odd, sums in r3 and r4, r5 and r6, r8
 * and r9. 36 bytes, as all of it is wide. */
#define TWO_WORDS                 \
  "ldrd r7, lr, [r0], #8\n"       \
  "ldm.w r1!, {r10, r11, r12}\n"  \
  "smlal r3, r4, r10, r7\n"       \
  "smlal r5, r6, r11, r7\n"       \
  "smlal r8, r9, r12, r7\n"       \
  "ldm.w r2!, {r10, r11, r12}\n"  \
  "smlal r3, r4, r10, lr\n"       \
  "smlal r5, r6, r11, lr\n"       \
  "smlal r8, r9, r12, lr\n"
/* Adds what the steps before left in r10, and leaves there the parts that the next ones add to. */
#define PASS_ON(low, high)               \
  "adds " low ", " low ", r10\n"         \
  "adc " high ", " high ", #0\n"         \
  "lsr.w r10, " low ", #30\n"            \
  "orr r10, r10, " high ", lsl #2\n"

void tq_dsp_fir_sums(uint32_t *sums, const uint32_t *even, const uint32_t *odd, const uint32_t *words,
                     int32_t pairs, int32_t tiles) {
  register uint32_t *r0 __asm__("r0") = sums;
  register const uint32_t *r1 __asm__("r1") = even;
  register const uint32_t *r2 __asm__("r2") = odd;
  register const uint32_t *r3 __asm__("r3") = sums + 3 * tiles;
  register const uint32_t *r4 __asm__("r4") = words;
  register uint32_t r5 __asm__("r5") = 0x08001000u; /* what is added to the sums of a step's last two outputs */
  register int32_t r6 __asm__("r6") = 36 * ((6 - pairs % 6) % 6);
  register const uint32_t *r8 __asm__("r8") = words + 2 * pairs;
  register int32_t r9 __asm__("r9") = 12 * pairs - 12;
  register uint32_t r10 __asm__("r10") = 0x20004000u; /* and to those of two outputs before */

  __asm__ volatile(
      "adr.w r12, 2f\n"
      "add.w r6, r6, r12\n"
      "orr r6, r6, #1\n" /* Thumb */
      "push {r0, r3, r4, r6, r7, r8, r9, r10}\n"
      "movs r3, #0\n"
      "mov r4, r5\n"
      "movs r5, #0\n"
      "mov r6, r4\n"
      "mov r8, r5\n"
      "mov r9, r4\n"
      "push {r3, r4, r5, r6, r8, r9}\n"
      "1:\n"
      "ldm sp, {r3, r4, r5, r6, r8, r9}\n"
      "ldr r0, [sp, #32]\n"
      "ldr pc, [sp, #36]\n" /* into the first turn, so that all are whole */
      ".p2align 2\n"
      "2:\n"
      TWO_WORDS TWO_WORDS TWO_WORDS TWO_WORDS TWO_WORDS TWO_WORDS
      "ldr r12, [sp, #44]\n"
      "cmp r0, r12\n"
      "bne 2b\n"
      "ldr r10, [sp, #52]\n"
      PASS_ON("r3", "r4")
      PASS_ON("r5", "r6")
      PASS_ON("r8", "r9")
      "str r10, [sp, #52]\n"
      "ldrd r0, r4, [sp, #24]\n"
      "stm r0!, {r3, r5, r8}\n"
      "str r0, [sp, #24]\n"
      "ldr r12, [sp, #48]\n"
      "sub.w r1, r1, r12\n"
      "sub.w r2, r2, r12\n"
      "cmp r0, r4\n"
      "bne 1b\n"
      "add sp, sp, #40\n"
      "pop {r7}\n"
      "add sp, sp, #12\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r8), "+r"(r9), "+r"(r10)
      :
      : "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_fir_sums(uint32_t *sums, const uint32_t *even, const uint32_t *odd, const uint32_t *words,
                     int32_t pairs, int32_t tiles) {
  enum { ADDED = 1 << 14 };
  const int64_t added = ((int64_t)ADDED << 45) + ((int64_t)ADDED << 30);
  int64_t rest = added >> 30; /* never negative */

  for (int32_t i = 0; i < 3 * tiles; i++, even++, odd++) {
    rest += added;
    for (int32_t j = 0; j < pairs; j++) {
      rest += (int64_t)(int32_t)words[2 * j] * (int32_t)even[3 * j];
      rest += (int64_t)(int32_t)words[2 * j + 1] * (int32_t)odd[3 * j];
    }
    sums[i] = (uint32_t)rest;
    rest >>= 30;
  }
}
#endif
