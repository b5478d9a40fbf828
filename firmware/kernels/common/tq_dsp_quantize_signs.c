#include "tq_dsp_quantize.h"

void tq_dsp_quantize_signs(const tq_dsp_eight *eight, const int8_t *x, uint8_t *output) {
  const uint32_t low = eight->limits[0][0], high = eight->limits[0][1], flip = ~eight->flip;
  const int32_t depth = eight->depth, row = eight->row, plane = eight->plane;
  const uint8_t *end = output + eight->rows * row;

  for (uint8_t *ones = output; plane > 0 && ones < end; ones += row) *ones = UINT8_MAX;
  for (output += plane, end += plane; output < end; output += row, x += depth) {
    const uint32_t marks = tq_dsp_lower(tq_load_word(x), low) | tq_dsp_upper(tq_load_word(x + 4), high);
    *output = (uint8_t)(tq_sum_of_bytes(marks) ^ flip);
  }
}
