#include "tq_dsp_conv_2d.h"
#include "tq_dsp_multiply.h"

#if TQ_DSP_CORE
void tq_dsp_sum_int8(int32_t *sums, const uint32_t *x, const uint32_t *w, int32_t pairs, int first, int32_t blocks,
                     int32_t apart) {
  register int32_t *r0 __asm__("r0") = sums;
  register const uint32_t *r1 __asm__("r1") = x;
  register const uint32_t *r2 __asm__("r2") = w;
  register const uint32_t *r3 __asm__("r3") = x + 2 * pairs;
  register const int32_t *r4 __asm__("r4") = sums + 8 * blocks;
  register int r5 __asm__("r5") = first;
  register int32_t r6 __asm__("r6") = TQ_DSP_PAIR_BYTES * (-pairs & 7);
  register int32_t r8 __asm__("r8") = apart - 16 * pairs;

  __asm__ volatile(
      TQ_DSP_BEGIN
      "ldr r0, [sp, #16]\n"
      "cmp r0, #0\n"
      "beq 5f\n"
      "movs r3, #0\n"
      TQ_DSP_ALL
      "b 6f\n"
      "5:\n"
      "ldr r0, [sp]\n"
      "ldrd r3, r7, [r0]\n"
      "ldrd r4, r8, [r0, #8]\n"
      "ldrd r5, r9, [r0, #16]\n"
      "ldrd r6, r10, [r0, #24]\n"
      "6:\n"
      TQ_DSP_PAIRS
      "strd r3, r7, [lr], #8\n"
      "strd r4, r8, [lr], #8\n"
      "strd r5, r9, [lr], #8\n"
      "strd r6, r10, [lr], #8\n"
      TQ_DSP_NEXT
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r8)
      :
      : "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_sum_int8(int32_t *sums, const uint32_t *x, const uint32_t *w, int32_t pairs, int first, int32_t blocks,
                     int32_t apart) {
  for (; blocks > 0; blocks--, w += apart / 4, sums += 8) {
    for (int32_t p = 0; p < 2; p++) {
      for (int32_t q = 0; q < 4; q++) {
        int32_t *const to = sums + 2 * q + p;
        int32_t sum = first ? 0 : *to;
        for (int32_t i = 0; i < pairs; i++) sum = tq_smlad(x[2 * i + p], w[4 * i + q], sum);
        *to = sum;
      }
    }
  }
}
#endif
