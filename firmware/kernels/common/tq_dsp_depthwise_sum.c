#include "tq_dsp_depthwise.h"
#include "tq_dsp_depthwise_taps.h"

#if TQ_DSP_CORE
void tq_dsp_depthwise_sum(int32_t *sums, const int8_t *const *pixels, int32_t channel, const uint32_t *words,
                          int32_t taps) {
  register int32_t *r0 __asm__("r0") = sums;
  register const int8_t *const *r1 __asm__("r1") = pixels;
  register int32_t r2 __asm__("r2") = channel;
  register const uint32_t *r3 __asm__("r3") = words;
  register int32_t r4 __asm__("r4") = taps;

  __asm__ volatile(
      TQ_DSP_TAPS
      "stm r0, {r4-r7}\n"
      "pop {r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4)
      :
      : "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_depthwise_sum(int32_t *sums, const int8_t *const *pixels, int32_t channel, const uint32_t *words,
                          int32_t taps) {
  for (int32_t c = 0; c < 4; c++) {
    int32_t sum = 0;
    for (int32_t i = 0; i < taps; i++) {
      sum += pixels[i][channel + c] * tq_lane(words[2 * i + (c & 1)], c >> 1);
    }
    sums[c] = sum;
  }
}
#endif
