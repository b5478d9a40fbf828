#include "tq_dsp_quick.h"
#include "tq_requantize.h"

void tq_dsp_finish(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int quick, int32_t count,
                   const int32_t *sums, int8_t *output) {
  if (!quick) {
    for (int32_t i = 0; i < count; i++, scale++) {
      const int32_t sum = (int32_t)((uint32_t)sums[i] * (uint32_t)scale->level + (uint32_t)scale->bias);
      const int32_t scaled = tq_scale(sum, scale->multiplier, scale->shift);
      output[i] = tq_to_int8(scaled, clamp->zero_point, clamp->min, clamp->max);
    }
    return;
  }
  for (; count >= 4; count -= 4, sums += 4, output += 4) {
    scale = tq_dsp_quick_four(clamp, scale, sums[0], sums[1], sums[2], sums[3], output);
  }
  for (; count > 0; count--) {
    *output++ = (int8_t)(uint8_t)tq_dsp_clamp_bytes(clamp, tq_dsp_quick_one(&scale, *sums++));
  }
}
