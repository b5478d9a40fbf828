#include "tq_dsp_conv_2d.h"
#include "tq_dsp_multiply.h"

#if TQ_DSP_CORE
void tq_dsp_sum_int8(int32_t *sums, const uint32_t *x, const uint32_t *w, int32_t quads, int first) {
  register int32_t *r0 __asm__("r0") = sums;
  register const uint32_t *r1 __asm__("r1") = x;
  register const uint32_t *r2 __asm__("r2") = w;
  register const uint32_t *r3 __asm__("r3") = w + 8 * (quads & ~3);
  register const uint32_t *r4 __asm__("r4") = w + 8 * quads;
  register int r5 __asm__("r5") = first;

  __asm__ volatile(
      TQ_DSP_LOOP("cmp r5, #0\n"
                  "beq 5f\n" TQ_DSP_ZERO
                  "b 6f\n"
                  "5:\n"
                  "ldm r0, {r3-r10}\n"
                  "6:\n")
      "stm r0, {r3-r10}\n"
      TQ_DSP_END
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5)
      :
      : "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_sum_int8(int32_t *sums, const uint32_t *x, const uint32_t *w, int32_t quads, int first) {
  for (int32_t p = 0; p < 2; p++) {
    for (int32_t q = 0; q < 4; q++, sums++) {
      int32_t sum = first ? 0 : *sums;
      for (int32_t i = 0; i < 2 * quads; i++) sum = tq_smlad(x[2 * i + p], w[4 * i + q], sum);
      *sums = sum;
    }
  }
}
#endif
