#include <string.h>

#include "../common/tq_add_halved.h"
#include "../common/tq_neon.h"
#include "../common/tq_neon_scale.h"
#include "tinyq/tq_kernels_arm64.h"

#if TQ_NEON

/* x - zero_point has 9 bits: shifted left by 7 it fits lanes of 16 bits, and the rest of the shift is a factor. */
enum { EARLY_SHIFT = 7, LEAST_LEFT = EARLY_SHIFT + 1 };

typedef struct {
  int32x4_t multiplier, shift;
} scaling;

typedef struct {
  int8x16_t half_zero_point, other_zero_point, min, max;
  int16x8_t half_factor, other_factor, zero_point;
  scaling other, sum;
} addition;

static scaling scaling_of(int32_t multiplier, int32_t shift) {
  const scaling s = {vdupq_n_s32(multiplier), vdupq_n_s32(shift)};
  return s;
}

static int16x8_t factor_of(int32_t left_shift) { return vdupq_n_s16((int16_t)(1 << (left_shift - EARLY_SHIFT))); }

/* `more`: an operand that is doubled needs a right shift in any case, so that the rounding rule is always the same. */
static addition addition_of(const tq_add_params *p, const tq_addend *half, const tq_addend *other) {
  const int32_t more = tq_is_half(other);
  const addition a = {vdupq_n_s8((int8_t)half->zero_point),
                      vdupq_n_s8((int8_t)other->zero_point),
                      vdupq_n_s8((int8_t)p->activation_min),
                      vdupq_n_s8((int8_t)p->activation_max),
                      factor_of(p->left_shift - 1),
                      factor_of(p->left_shift + more),
                      vdupq_n_s16((int16_t)p->output_zero_point),
                      scaling_of(other->multiplier, other->shift - more),
                      scaling_of(p->output_multiplier, p->output_shift)};
  return a;
}

static inline int32x4_t scaled(scaling s, int32x4_t x) { return tq_neon_scale_right(x, s.multiplier, s.shift); }

static inline int16x8_t eight(const addition *a, int16x8_t one, int16x8_t other) {
  const int16x8_t x = vshlq_n_s16(one, EARLY_SHIFT), y = vshlq_n_s16(other, EARLY_SHIFT);
  int32x4_t low = scaled(a->other, vmull_s16(vget_low_s16(y), vget_low_s16(a->other_factor)));
  int32x4_t high = scaled(a->other, vmull_high_s16(y, a->other_factor));
  low = vmlal_s16(low, vget_low_s16(x), vget_low_s16(a->half_factor));
  high = vmlal_high_s16(high, x, a->half_factor);
  const int16x8_t sums = vqmovn_high_s32(vqmovn_s32(scaled(a->sum, low)), scaled(a->sum, high));
  return vqaddq_s16(sums, a->zero_point);
}

/* What lanes of 16 bits do not hold is beyond int8 with any zero point. */
static inline int8x16_t sixteen(const addition *a, int8x16_t one, int8x16_t other) {
  const int8x8_t one_zero = vget_low_s8(a->half_zero_point), other_zero = vget_low_s8(a->other_zero_point);
  const int16x8_t low =
      eight(a, vsubl_s8(vget_low_s8(one), one_zero), vsubl_s8(vget_low_s8(other), other_zero));
  const int16x8_t high =
      eight(a, vsubl_high_s8(one, a->half_zero_point), vsubl_high_s8(other, a->other_zero_point));
  return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(low), high), a->min), a->max);
}

static void add(const addition *how, const int8_t *half, const int8_t *other, int32_t count, int8_t *output) {
  const addition a = *how;

  for (; count >= 16; count -= 16, half += 16, other += 16, output += 16) {
    vst1q_s8(output, sixteen(&a, vld1q_s8(half), vld1q_s8(other)));
  }
  if (count > 0) {
    int8_t rest[2][16] = {{0}};
    memcpy(rest[0], half, (size_t)count);
    memcpy(rest[1], other, (size_t)count);
    vst1q_s8(rest[0], sixteen(&a, vld1q_s8(rest[0]), vld1q_s8(rest[1])));
    memcpy(output, rest[0], (size_t)count);
  }
}

void tq_add_a8_neon(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1, const int8_t *input2,
                    int8_t *output) {
  tq_addend half, other;
  const int32_t count = tq_add_halved(params, dims, input1, input2, &half, &other);

  if (count > 0 && params->left_shift >= LEAST_LEFT) {
    const addition a = addition_of(params, &half, &other);
    add(&a, half.data, other.data, count, output);
  } else {
    tq_add_a8_ref(params, dims, input1, input2, output);
  }
}

#else

void tq_add_a8_neon(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1, const int8_t *input2,
                    int8_t *output) {
  tq_add_a8_ref(params, dims, input1, input2, output);
}

#endif
