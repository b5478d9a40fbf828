#include "../common/tq_neon_pool_2d.h"
#include "tinyq/tq_kernels.h"
#include "tinyq/tq_kernels_arm64.h"

#define MOST_ELEMENTS 255 /* of a window: sums, and half of it, are lanes of 16 bits */

#if TQ_NEON

/* x / count by (x * factor) >> shift; exact, as x < 2^15: factor is 2^shift / count rounded up, shift 15 more than
 * the bits of count - 1. */
typedef struct {
  uint16x8_t half;
  uint16_t factor;
  int32x4_t shift;
} division;

static inline division division_by(int32_t count) {
  const int32_t shift = count > 1 ? 15 + 32 - __builtin_clz((uint32_t)count - 1) : 15;
  const division d = {vdupq_n_u16((uint16_t)(count / 2)), (uint16_t)(((1 << shift) + count - 1) / count),
                      vdupq_n_s32(-shift)};
  return d;
}

/* Rounded to nearest, ties away from zero. */
static inline int16x8_t mean_of(const division *by, int16x8_t sum) {
  const uint16x8_t sign = vreinterpretq_u16_s16(vshrq_n_s16(sum, 15));
  const uint16x8_t x = vaddq_u16(vreinterpretq_u16_s16(vabsq_s16(sum)), by->half);
  const uint32x4_t low = vshlq_u32(vmull_n_u16(vget_low_u16(x), by->factor), by->shift);
  const uint32x4_t high = vshlq_u32(vmull_high_n_u16(x, by->factor), by->shift);
  const uint16x8_t mean = vmovn_high_u32(vmovn_u32(low), high);
  return vreinterpretq_s16_u16(vsubq_u16(veorq_u16(mean, sign), sign));
}

static inline int8x16_t mean(const tq_neon_window *window, const int8_t *x) {
  const division by = division_by(window->height * window->width);
  int16x8_t low = vdupq_n_s16(0), high = vdupq_n_s16(0);

  for (int32_t i = window->height; i > 0; i--, x += window->down) {
    const int8_t *at = x;
    for (int32_t j = window->width; j > 0; j--, at += window->right) {
      const int8x16_t one = tq_neon_channels(window, at);
      low = vaddw_s8(low, vget_low_s8(one));
      high = vaddw_high_s8(high, one);
    }
  }
  return vmovn_high_s16(vmovn_s16(mean_of(&by, low)), mean_of(&by, high));
}

void tq_average_pool_2d_a8_neon(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                                int8_t *output) {
  if (params->filter_h > MOST_ELEMENTS || params->filter_w > MOST_ELEMENTS / params->filter_h || dims->input.c < 8) {
    tq_average_pool_2d_a8_ref(params, dims, input, output);
  } else {
    tq_neon_pool_2d(mean, params, dims, input, output);
  }
}

#else

void tq_average_pool_2d_a8_neon(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                                int8_t *output) {
  tq_average_pool_2d_a8_ref(params, dims, input, output);
}

#endif
