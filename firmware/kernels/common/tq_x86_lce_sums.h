/* The float32 values of counts of LceBconv2d, eight channels at a time; see tq_lce_sum_f32. */
#ifndef TQ_X86_LCE_SUMS_H
#define TQ_X86_LCE_SUMS_H

#include "tq_x86_bits.h"

#if TQ_X86
enum { TQ_X86_MULTIPLIER, TQ_X86_BIAS }; /* lanes */

static inline void tq_x86_prepare_lce(tq_x86_block *block) {
  const tq_lce_bconv_params *const params = block->params;

  for (int32_t c = 0; c < TQ_X86_CHANNELS; c++) {
    const int32_t channel = block->first + (c < block->count ? c : 0);
    block->lanes.real[TQ_X86_MULTIPLIER][c] = params->multiplier[channel];
    block->lanes.real[TQ_X86_BIAS][c] = params->bias[channel];
  }
}

/* Channels [c, c + 8) of position p of the tile. A product and a sum, each rounded: no fused operation. */
TQ_AVX2 TQ_INLINED __m256 tq_x86_lce_sum(const tq_x86_block *block, int32_t p, int32_t c) {
  const tq_lce_bconv_params *const params = block->params;
  const __m256i bits = _mm256_loadu_si256((const void *)&block->sums[p][c]), twice = _mm256_add_epi32(bits, bits);
  const __m256i below = _mm256_min_epi32(twice, _mm256_set1_epi32(params->clamp_max));
  const __m256i clamped = _mm256_max_epi32(below, _mm256_set1_epi32(params->clamp_min));
  const __m256 multiplier = _mm256_loadu_ps(&block->lanes.real[TQ_X86_MULTIPLIER][c]);
  const __m256 bias = _mm256_loadu_ps(&block->lanes.real[TQ_X86_BIAS][c]);
  const __m256 real = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(clamped), multiplier), bias);

  if (!params->corrected || !block->beside[p]) return real;
  const __m256i excess = _mm256_loadu_si256((const void *)&block->excess[p][c]);
  return _mm256_add_ps(real, _mm256_mul_ps(_mm256_cvtepi32_ps(excess), multiplier));
}
#endif

#endif
