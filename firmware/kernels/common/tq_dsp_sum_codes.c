#include "tq_dsp_conv_2d.h"
#include "tq_dsp_multiply.h"

#if TQ_DSP_CORE
/* Of a word of weights, both positions' sums, less what they begin with: sum = a + 2^14 * b, |a| < 2^13. */
#define PUT_PARTS(sum0, sum1)       \
  "ubfx r0, " #sum0 ", #0, #14\n"   \
  "ubfx r1, " #sum1 ", #0, #14\n"   \
  "asr r11, " #sum0 ", #14\n"       \
  "asr r12, " #sum1 ", #14\n"       \
  "stm lr!, {r0, r1, r11, r12}\n"
#define ADD_PART(sum, a, b)                 \
  "add " #b ", " #b ", " #sum ", asr #14\n" \
  "ubfx " #sum ", " #sum ", #0, #14\n"      \
  "add " #a ", " #a ", " #sum "\n"
#define ADD_PARTS(sum0, sum1)           \
  "ldm lr, {r0, r1, r11, r12}\n"        \
  ADD_PART(sum0, r0, r11)               \
  ADD_PART(sum1, r1, r12)               \
  "stm lr!, {r0, r1, r11, r12}\n"

void tq_dsp_sum_codes(int32_t *sums, const uint32_t *x, const uint32_t *ring, const uint32_t *w, const tq_dsp_run *runs,
                      int32_t blocks) {
  TQ_DSP_REGISTERS;
  r6 = sums + 16 * blocks;

  __asm__ volatile(
      TQ_DSP_BEGIN
      "3:\n"
      "mov r3, #8192\n" /* TQ_DSP_ADDED */
      TQ_DSP_ALL
      TQ_DSP_PART
      "ldr lr, " TQ_DSP_SUMS "\n"
      "lsls r0, r12, #29\n" /* TQ_DSP_FIRST to N, TQ_DSP_LAST to C */
      "it cc\n"
      "strcc r1, " TQ_DSP_X "\n"
      "bpl 6f\n"
      PUT_PARTS(r3, r7)
      PUT_PARTS(r4, r8)
      PUT_PARTS(r5, r9)
      PUT_PARTS(r6, r10)
      "bcs 7f\n"
      "b 8f\n"
      "6:\n"
      ADD_PARTS(r3, r7)
      ADD_PARTS(r4, r8)
      ADD_PARTS(r5, r9)
      ADD_PARTS(r6, r10)
      "bcs 7f\n"
      "8:\n"
      "ldr r1, " TQ_DSP_X "\n"
      "ldr lr, [sp, #8]\n"
      "b 3b\n"
      "7:\n"
      "ldr r0, [sp, #24]\n"
      "str lr, " TQ_DSP_SUMS "\n"
      "cmp lr, r0\n"
      "bne 1b\n"
      TQ_DSP_FINISH
      : "=r"(r1), "+r"(r2), "+r"(r3), "=r"(r4), "+r"(r5), "+r"(r6), "+r"(r8), "+r"(r9)
      :
      : "r0", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_sum_codes(int32_t *sums, const uint32_t *x, const uint32_t *ring, const uint32_t *w, const tq_dsp_run *runs,
                      int32_t blocks) {
  for (; blocks > 0; blocks--, sums += 16) {
    const uint32_t *from = x;
    int32_t part[8] = {0};
    const tq_dsp_run *run = runs;
    do {
      for (int32_t pairs = run->bytes / 8; pairs > 0; pairs--, from += 2, w += 4) {
        for (int32_t i = 0; i < 8; i++) part[i] = tq_smlad(from[i % 2], w[i / 2], part[i]);
      }
      if (run->code & TQ_DSP_RING) from = ring;
      for (int32_t i = 0; (run->code & TQ_DSP_GO_ON) == 0 && i < 8; i++) {
        int32_t *const to = sums + i / 2 * 4 + i % 2;
        const int32_t a = tq_low_sum(part[i]), first = (run->code & TQ_DSP_FIRST) != 0;
        to[0] = (first ? 0 : to[0]) + a + TQ_DSP_ADDED;
        to[2] = (first ? 0 : to[2]) + ((part[i] - a) >> 14);
        part[i] = 0;
      }
    } while ((run++->code & TQ_DSP_LAST) == 0);
  }
}
#endif
