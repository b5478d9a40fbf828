#include "tq_dsp_depthwise.h"
#include "tq_dsp_depthwise_taps.h"

#if TQ_DSP_CORE
void tq_dsp_depthwise_sum_two(int32_t *sums, const tq_dsp_quads *quads, const int8_t *const *pixels, int32_t shift,
                              int32_t taps) {
  register int32_t *r0 __asm__("r0") = sums;
  register const int8_t *const *r1 __asm__("r1") = pixels;
  register int32_t r2 __asm__("r2") = shift;
  register const uint8_t *r3 __asm__("r3") = quads->first;
  register int32_t r4 __asm__("r4") = quads->words;
  register int32_t r5 __asm__("r5") = quads->apart;
  register const int32_t *r6 __asm__("r6") = sums + 8 * quads->count;
  register int32_t r8 __asm__("r8") = TQ_DSP_TWO_TAPS_BYTES * (taps / 2 & 1);
  register const int8_t *const *r9 __asm__("r9") = pixels + taps;

  __asm__ volatile(
      TQ_DSP_EACH_QUAD
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
      "stm r0!, {r4-r7}\n"
      TQ_DSP_NEXT_QUAD
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r8), "+r"(r9)
      :
      : "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_depthwise_sum_two(int32_t *sums, const tq_dsp_quads *quads, const int8_t *const *pixels, int32_t shift,
                              int32_t taps) {
  const uint8_t *at = quads->first;

  for (int32_t quad = 0; quad < quads->count; quad++, at += quads->apart, sums += 8) {
    const int32_t channel = ((const tq_dsp_quad *)(const void *)at)->channel;
    const uint32_t *const words = (const uint32_t *)(const void *)(at + quads->words);
    for (int32_t c = 0; c < 4; c++) {
      int32_t sum = 0;
      for (int32_t i = 0; i < taps; i++) {
        sum += pixels[i][shift + channel + c] * tq_lane(words[2 * i + (c & 1)], c >> 1);
      }
      sums[c] = (int32_t)((uint32_t)sum << 18) >> 18; /* |a| < 2^13 */
      sums[4 + c] = (sum - sums[c]) >> 14;
    }
  }
}
#endif
