#include "tq_dsp_conv_2d.h"
#include "tq_dsp_multiply.h"

#if TQ_DSP_CORE
void tq_dsp_sum_int8(int32_t *sums, const uint32_t *x, const uint32_t *ring, const uint32_t *w, const tq_dsp_run *runs,
                     int32_t blocks) {
  TQ_DSP_REGISTERS;
  r6 = sums + 8 * blocks;

  __asm__ volatile(
      TQ_DSP_BEGIN
      "movs r3, #0\n"
      TQ_DSP_ALL
      TQ_DSP_PART
      "ldrd lr, r0, " TQ_DSP_SUMS "\n"
      "strd r3, r7, [lr], #8\n"
      "strd r4, r8, [lr], #8\n"
      "strd r5, r9, [lr], #8\n"
      "strd r6, r10, [lr], #8\n"
      "str lr, " TQ_DSP_SUMS "\n"
      "cmp lr, r0\n"
      "bne 1b\n"
      TQ_DSP_FINISH
      : "=r"(r1), "+r"(r2), "+r"(r3), "=r"(r4), "+r"(r5), "+r"(r6), "+r"(r8), "+r"(r9)
      :
      : "r0", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_sum_int8(int32_t *sums, const uint32_t *x, const uint32_t *ring, const uint32_t *w, const tq_dsp_run *runs,
                     int32_t blocks) {
  for (; blocks > 0; blocks--, sums += 8) {
    const uint32_t *from = x;
    for (int32_t i = 0; i < 8; i++) sums[i] = 0;
    const tq_dsp_run *run = runs;
    do {
      for (int32_t pairs = run->bytes / 8; pairs > 0; pairs--, from += 2, w += 4) {
        for (int32_t i = 0; i < 8; i++) sums[i] = tq_smlad(from[i % 2], w[i / 2], sums[i]);
      }
      if (run->code & TQ_DSP_RING) from = ring;
    } while ((run++->code & TQ_DSP_LAST) == 0);
  }
}
#endif
