#include "tq_lce_bconv_2d.h"

float tq_lce_sum_f32(const tq_lce_bconv_params *params, const tq_lce_count *count, int32_t channel) {
  const int32_t twice = 2 * count->bits;
  const int32_t below = twice < params->clamp_max ? twice : params->clamp_max;
  const int32_t clamped = below > params->clamp_min ? below : params->clamp_min;
  const float product = (float)clamped * params->multiplier[channel];
  const float real = product + params->bias[channel];

  if (!params->corrected || !count->beside) return real;
  const float excess = (float)count->outside * params->multiplier[channel];
  return real + excess;
}
