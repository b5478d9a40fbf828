#include "tq_dsp_quick.h"
#include "tq_requantize.h"

int8_t tq_dsp_finish_one(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int quick, int32_t sum) {
  if (quick) return (int8_t)(uint8_t)tq_dsp_clamp_bytes(clamp, tq_to_uint8(tq_dsp_scaled(scale, sum)));

  const int32_t whole = (int32_t)((uint32_t)sum * (uint32_t)scale->level + (uint32_t)scale->bias);
  const int32_t scaled = tq_scale(whole, scale->multiplier, scale->shift);
  return tq_to_int8(scaled, clamp->zero_point, clamp->min, clamp->max);
}
