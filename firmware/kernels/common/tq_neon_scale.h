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

#endif

#endif
