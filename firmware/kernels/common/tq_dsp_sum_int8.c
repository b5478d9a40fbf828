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
      TQ_DSP_ZERO
      "b 6f\n"
      "5:\n"
      "ldr r0, [sp]\n"
      "ldm r0, {r3-r10}\n"
      "6:\n"
      TQ_DSP_PAIRS
      "stm lr!, {r3-r10}\n"
      TQ_DSP_NEXT
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r8)
      :
      : "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_sum_int8(int32_t *sums, const uint32_t *x, const uint32_t *w, int32_t pairs, int first, int32_t blocks,
                     int32_t apart) {
  for (; blocks > 0; blocks--, w += apart / 4) {
    for (int32_t p = 0; p < 2; p++) {
      for (int32_t q = 0; q < 4; q++, sums++) {
        int32_t sum = first ? 0 : *sums;
        for (int32_t i = 0; i < pairs; i++) sum = tq_smlad(x[2 * i + p], w[4 * i + q], sum);
        *sums = sum;
      }
    }
  }
}
#endif
