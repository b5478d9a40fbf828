#include "tq_dsp_conv_2d.h"
#include "tq_dsp_multiply.h"

#if TQ_DSP_CORE
/* sum = a + 2^14 * b, |a| < 2^13 */
#define PART(sum, a, b)              \
  "sbfx " #a ", " #sum ", #0, #14\n" \
  "sub " #sum ", " #sum ", " #a "\n" \
  "asr " #b ", " #sum ", #14\n"
#define ADD_PART(sum, a, b, spare)          \
  "sbfx " #spare ", " #sum ", #0, #14\n"    \
  "sub " #sum ", " #sum ", " #spare "\n"    \
  "add " #a ", " #a ", " #spare "\n"        \
  "add " #b ", " #b ", " #sum ", asr #14\n"
#define ADD_PARTS(sum0, sum1, spare)    \
  "ldm lr, {r0, r1, r11, r12}\n"        \
  ADD_PART(sum0, r0, r1, spare)         \
  ADD_PART(sum1, r11, r12, spare)       \
  "stm lr!, {r0, r1, r11, r12}\n"

void tq_dsp_sum_codes(int32_t *sums, const uint32_t *x, const uint32_t *w, int32_t pairs, int first, int32_t blocks,
                      int32_t apart) {
  register int32_t *r0 __asm__("r0") = sums;
  register const uint32_t *r1 __asm__("r1") = x;
  register const uint32_t *r2 __asm__("r2") = w;
  register const uint32_t *r3 __asm__("r3") = x + 2 * pairs;
  register const int32_t *r4 __asm__("r4") = sums + 16 * blocks;
  register int r5 __asm__("r5") = first;
  register int32_t r6 __asm__("r6") = TQ_DSP_PAIR_BYTES * (-pairs & 7);
  register int32_t r8 __asm__("r8") = apart - 16 * pairs;

  __asm__ volatile(
      TQ_DSP_BEGIN
      TQ_DSP_ZERO
      TQ_DSP_PAIRS
      "cmp r0, #0\n"
      "beq 5f\n"
      PART(r3, r0, r1)
      PART(r4, r11, r12)
      "stm lr!, {r0, r1, r11, r12}\n"
      PART(r5, r0, r1)
      PART(r6, r11, r12)
      "stm lr!, {r0, r1, r11, r12}\n"
      PART(r7, r0, r1)
      PART(r8, r11, r12)
      "stm lr!, {r0, r1, r11, r12}\n"
      PART(r9, r0, r1)
      PART(r10, r11, r12)
      "stm lr!, {r0, r1, r11, r12}\n"
      "b 6f\n"
      "5:\n"
      "push {r2}\n"
      ADD_PARTS(r3, r4, r2)
      ADD_PARTS(r5, r6, r2)
      ADD_PARTS(r7, r8, r2)
      ADD_PARTS(r9, r10, r2)
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
  for (; blocks > 0; blocks--, w += apart / 4) {
    for (int32_t p = 0; p < 2; p++) {
      for (int32_t q = 0; q < 4; q++, sums += 2) {
        int32_t both = 0;
        for (int32_t i = 0; i < pairs; i++) both = tq_smlad(x[2 * i + p], w[4 * i + q], both);
        const int32_t a = (int32_t)((uint32_t)both << 18) >> 18; /* |a| < 2^13 */
        sums[0] = (first ? 0 : sums[0]) + a;
        sums[1] = (first ? 0 : sums[1]) + ((both - a) >> 14);
      }
    }
  }
}
#endif
