/* tq_lce_sum_f32 of four channels. */
#ifndef TQ_NEON_LCE_REALS_H
#define TQ_NEON_LCE_REALS_H

#include "tq_neon_lce.h"

#if TQ_NEON

/* A product and a sum are two instructions: each is rounded. */
static inline float32x4_t tq_neon_lce_reals(const tq_lce_bconv_params *params, const uint16_t *counts,
                                            const int32_t *beside, int32_t channel) {
  const float32x4_t multiplier = vld1q_f32(params->multiplier + channel);
  const int32x4_t twice = vreinterpretq_s32_u32(vshll_n_u16(vld1_u16(counts + channel), 1));
  const int32x4_t clamped =
      vmaxq_s32(vminq_s32(twice, vdupq_n_s32(params->clamp_max)), vdupq_n_s32(params->clamp_min));
  const float32x4_t product = vmulq_f32(vcvtq_f32_s32(clamped), multiplier);
  const float32x4_t real = vaddq_f32(product, vld1q_f32(params->bias + channel));

  if (!beside) return real;
  const float32x4_t excess = vmulq_f32(vcvtq_f32_s32(vld1q_s32(beside + channel)), multiplier);
  return vaddq_f32(real, excess);
}

#endif

static inline float tq_neon_lce_real(const tq_lce_bconv_params *params, const uint16_t *counts,
                                     const int32_t *beside, int32_t channel) {
  const tq_lce_count count = {counts[channel], beside ? beside[channel] : 0, beside != NULL};
  return tq_lce_sum_f32(params, &count, channel);
}

#endif
