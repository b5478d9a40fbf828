#include "tq_dsp_conv_2d.h"
#include "tq_dsp_multiply.h"

#if TQ_DSP_CORE
/* Of a word of weights, both positions' sums: sum = a + 2^14 * b, 0 <= a < 2^14. */
#define PUT_PARTS(sum0, sum1)       \
  "ubfx r0, " #sum0 ", #0, #14\n"   \
  "ubfx r1, " #sum1 ", #0, #14\n"   \
  "asr r11, " #sum0 ", #14\n"       \
  "asr r12, " #sum1 ", #14\n"       \
  "stm lr!, {r0, r1, r11, r12}\n"
/* |a| < 2^13 */
#define ADD_PART(sum, a, b)               \
  "sbfx r2, " #sum ", #0, #14\n"          \
  "sub " #sum ", " #sum ", r2\n"          \
  "add " #a ", " #a ", r2\n"              \
  "add " #b ", " #b ", " #sum ", asr #14\n"
#define ADD_PARTS(sum0, sum1)           \
  "ldm lr, {r0, r1, r11, r12}\n"        \
  ADD_PART(sum0, r0, r11)               \
  ADD_PART(sum1, r1, r12)               \
  "stm lr!, {r0, r1, r11, r12}\n"

void tq_dsp_sum_codes(int32_t *sums, const uint32_t *x, const uint32_t *w, int32_t pairs, int first, int32_t blocks,
                      int32_t apart) {
  register int32_t *r0 __asm__("r0") = sums;
  register const uint32_t *r1 __asm__("r1") = x;
  register const uint32_t *r2 __asm__("r2") = w;
  register const uint32_t *r3 __asm__("r3") = x + 2 * pairs;
  register const int32_t *r4 __asm__("r4") = sums + 16 * blocks;
  register int r5 __asm__("r5") = first ? TQ_DSP_ADDED : 0;
  register int32_t r6 __asm__("r6") = TQ_DSP_PAIR_BYTES * (-pairs & 7);
  register int32_t r8 __asm__("r8") = apart - 16 * pairs;

  __asm__ volatile(
      TQ_DSP_BEGIN
      "ldr r3, [sp, #16]\n"
      TQ_DSP_ALL
      TQ_DSP_PAIRS
      "cmp r0, #0\n"
      "beq 5f\n"
      PUT_PARTS(r3, r7)
      PUT_PARTS(r4, r8)
      PUT_PARTS(r5, r9)
      PUT_PARTS(r6, r10)
      "b 6f\n"
      "5:\n"
      "push {r2}\n"
      ADD_PARTS(r3, r7)
      ADD_PARTS(r4, r8)
      ADD_PARTS(r5, r9)
      ADD_PARTS(r6, r10)
      "pop {r2}\n"
      "6:\n"
      TQ_DSP_NEXT
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r8)
      :
      : "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_sum_codes(int32_t *sums, const uint32_t *x, const uint32_t *w, int32_t pairs, int first, int32_t blocks,
                      int32_t apart) {
  for (; blocks > 0; blocks--, w += apart / 4, sums += 16) {
    for (int32_t p = 0; p < 2; p++) {
      for (int32_t q = 0; q < 4; q++) {
        int32_t *const to = sums + 4 * q + p;
        int32_t sum = 0;
        for (int32_t i = 0; i < pairs; i++) sum = tq_smlad(x[2 * i + p], w[4 * i + q], sum);
        const int32_t a = tq_low_sum(sum);
        to[0] = (first ? TQ_DSP_ADDED : to[0]) + a;
        to[2] = (first ? 0 : to[2]) + ((sum - a) >> 14);
      }
    }
  }
}
#endif
