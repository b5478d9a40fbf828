#include "tq_dsp_quantize.h"

void tq_dsp_quantize_two_bits(const tq_dsp_eight *eight, const int8_t *x, uint8_t *output) {
  const tq_dsp_eight e = *eight; /* a copy: output could be its own memory */
  const uint8_t *const end = output + e.rows * e.row;

  for (; output < end; output += e.row, x += e.depth) {
    const uint32_t low = tq_load_word(x), high = tq_load_word(x + 4);
    const uint32_t second = tq_dsp_lower(low, e.limits[1][0]) | tq_dsp_upper(high, e.limits[1][1]);
    const uint32_t odd = tq_dsp_lower(low, e.limits[0][0]) ^ tq_dsp_lower(low, e.limits[2][0]) ^
                         tq_dsp_upper(high, e.limits[0][1]) ^ tq_dsp_upper(high, e.limits[2][1]) ^ second;
    output[0] = (uint8_t)~(tq_sum_of_bytes(odd) ^ e.flip);
    output[e.plane] = (uint8_t)~(tq_sum_of_bytes(second) ^ e.flip);
  }
}
