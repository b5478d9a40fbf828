#include "tq_mve_scales.h"

void tq_mve_outputs(const tq_mve_scales *scales, int32_t count, int32_t rows, const int32_t *sums, int8_t *output,
                    int32_t step) {
  const tq_mve_scales s = *scales; /* a copy, because writing outputs could change *scales */
  const tq_four min = tq_four_of(s.min - s.zero_point), max = tq_four_of(s.max - s.zero_point);
  int32_t i = 0;

  for (; i + 4 <= count; i += 4, sums += 4, output += 4) {
    const tq_four factor = tq_four_load(s.factor + i), start = tq_four_load(s.start + i);
    const tq_four multiplier = tq_four_load(s.multiplier + i), shift = tq_four_load(s.shift + i);
    const int32_t *from = sums;
    int8_t *to = output;
    for (int32_t row = 0; row < rows; row++, from += TQ_MVE_APART, to += step) {
      const tq_four x = tq_four_affine(tq_four_load(from), factor, start);
      tq_four_store_int8(tq_four_scale(x, multiplier, shift), s.zero_point, min, max, to);
    }
  }
  for (; i < count; i++, sums++, output++) {
    for (int32_t row = 0; row < rows; row++) output[row * step] = tq_mve_output(&s, i, sums[row * TQ_MVE_APART]);
  }
}
