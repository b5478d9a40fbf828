#include "tq_bits.h"
#include "tq_sliced_depthwise.h"

void tq_sliced_limits(const tq_sliced_word_output *out, int32_t channels, int32_t largest, int32_t divisor) {
  const int32_t count = out->how->levels - 1, first = out->word * TQ_WORD_BITS;
  const int32_t some = channels - first < TQ_WORD_BITS ? channels - first : TQ_WORD_BITS;

  tq_sliced_clear(out->limits, 0, count * TQ_SLICED_DIGITS - 4);
  for (int32_t c = 0; c < some; c++) {
    for (int32_t i = 0; i < count; i++) {
      const int32_t given = out->how->thresholds[(first + c) * count + i];
      const int32_t threshold = given > largest ? largest : given < -largest - 1 ? -largest - 1 : given;
      const int32_t below = (largest - threshold * divisor + 1) >> 1; /* D < it, or never */
      uint32_t limit = (uint32_t)(below < 0 ? 0 : below > largest + 1 ? largest + 1 : below);
      for (uint32_t *digit = out->limits + i * TQ_SLICED_DIGITS; limit != 0; digit++, limit >>= 1) {
        if (limit & 1) *digit |= 1u << c;
      }
    }
  }
}
