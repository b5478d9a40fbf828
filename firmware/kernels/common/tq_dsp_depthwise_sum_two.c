#include "tq_dsp_depthwise.h"
#include "tq_dsp_depthwise_taps.h"

#if TQ_DSP_CORE
/* Of two channels: sum = a + 2^14 * b, |a| < 2^13. */
#define PUT_PARTS(sum0, sum1)        \
  "sbfx r8, " #sum0 ", #0, #14\n"    \
  "sbfx r10, " #sum1 ", #0, #14\n"   \
  "sub " #sum0 ", " #sum0 ", r8\n"   \
  "sub " #sum1 ", " #sum1 ", r10\n"  \
  "asr r9, " #sum0 ", #14\n"         \
  "asr r11, " #sum1 ", #14\n"        \
  "stm r0!, {r8-r11}\n"

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
      PUT_PARTS(r4, r5)
      PUT_PARTS(r6, r7)
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
      sums[2 * c] = tq_low_sum(sum);
      sums[2 * c + 1] = (sum - sums[2 * c]) >> 14;
    }
  }
}
#endif
