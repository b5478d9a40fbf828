#include "tq_dsp_quantize.h"

void tq_dsp_quantize_ternary(const tq_dsp_eight *eight, const int8_t *x, uint8_t *output) {
  const uint32_t low0 = eight->limits[0][0], high0 = eight->limits[0][1], flip = eight->flip;
  const uint32_t low1 = eight->limits[1][0], high1 = eight->limits[1][1];
  const int32_t depth = eight->depth, row = eight->row, plane = eight->plane;
  const uint8_t *const end = output + eight->rows * row;

  for (; output < end; output += row, x += depth) {
    const uint32_t low = tq_load_word(x), high = tq_load_word(x + 4);
    const uint32_t first = tq_sum_of_bytes(tq_dsp_lower(low, low0) | tq_dsp_upper(high, high0));
    const uint32_t both = first ^ tq_sum_of_bytes(tq_dsp_lower(low, low1) | tq_dsp_upper(high, high1));
    output[0] = (uint8_t)~both; /* one is exceeded, and not the other: 0 */
    output[plane] = (uint8_t)~(first ^ (both & flip) ^ flip);
  }
}
