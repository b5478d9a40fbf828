/* tq_scale of four lanes. */
#ifndef TQ_NEON_SCALE_H
#define TQ_NEON_SCALE_H

#include "tq_neon.h"

#if TQ_NEON

/* SQRDMULH is the rounding high half; SRSHL rounds ties up, and one less for negative x makes that away from zero, but
 * where nothing is shifted. */
static inline int32x4_t tq_neon_scale(int32x4_t x, int32x4_t multiplier, int32x4_t shift) {
  const int32x4_t right = vminq_s32(shift, vdupq_n_s32(0));
  const int32x4_t high = vqrdmulhq_s32(vshlq_s32(x, vmaxq_s32(shift, vdupq_n_s32(0))), multiplier);
  return vrshlq_s32(vqaddq_s32(high, vshrq_n_s32(vandq_s32(high, right), 31)), right);
}

/* The same for shifts that are all below 0: one less for what is negative turns SRSHL's ties up into ties away from
 * zero. */
static inline int32x4_t tq_neon_scale_right(int32x4_t x, int32x4_t multiplier, int32x4_t shift) {
  const int32x4_t high = vqrdmulhq_s32(x, multiplier);
  return vrshlq_s32(vsraq_n_s32(high, high, 31), shift);
}

/* 16 scaled sums, clamped. Saturating on the way gives what clamping first would. */
static inline int8x16_t tq_neon_to_int8(const int32x4_t x[4], int32_t zero_point, int32_t min, int32_t max) {
  const int16x8_t by = vdupq_n_s16((int16_t)zero_point);
  const int16x8_t low = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(x[0]), x[1]), by);
  const int16x8_t high = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(x[2]), x[3]), by);
  const int8x16_t all = vqmovn_high_s16(vqmovn_s16(low), high);

  return vminq_s8(vmaxq_s8(all, vdupq_n_s8((int8_t)min)), vdupq_n_s8((int8_t)max));
}

#endif

#endif
