#include "tq_dsp_depthwise.h"
#include "tq_dsp_depthwise_taps.h"

#if TQ_DSP_CORE
void tq_dsp_depthwise_sum_two(int32_t *sums, const int8_t *const *pixels, int32_t channel, const uint32_t *words,
                              int32_t taps) {
  register int32_t *r0 __asm__("r0") = sums;
  register const int8_t *const *r1 __asm__("r1") = pixels;
  register int32_t r2 __asm__("r2") = channel;
  register const uint32_t *r3 __asm__("r3") = words;
  register int32_t r4 __asm__("r4") = taps;

  __asm__ volatile(
      TQ_DSP_TAPS
      /* sum = a + 2^14 * b, |a| < 2^13 */
      "sbfx r8, r4, #0, #14\n"
      "sub r4, r4, r8\n"
      "asr r4, r4, #14\n"
      "sbfx r9, r5, #0, #14\n"
      "sub r5, r5, r9\n"
      "asr r5, r5, #14\n"
      "sbfx r10, r6, #0, #14\n"
      "sub r6, r6, r10\n"
      "asr r6, r6, #14\n"
      "sbfx r11, r7, #0, #14\n"
      "sub r7, r7, r11\n"
      "asr r7, r7, #14\n"
      "stm r0!, {r8-r11}\n"
      "stm r0, {r4-r7}\n"
      "pop {r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4)
      :
      : "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_depthwise_sum_two(int32_t *sums, const int8_t *const *pixels, int32_t channel, const uint32_t *words,
                              int32_t taps) {
  tq_dsp_depthwise_sum(sums, pixels, channel, words, taps);
  for (int32_t c = 0; c < 4; c++) {
    const int32_t both = sums[c];
    sums[c] = tq_low_sum(both);
    sums[4 + c] = (both - sums[c]) >> 14;
  }
}
#endif
