#include <stddef.h>

#include "tq_neon.h"
#include "tq_neon_depthwise.h"
#include "tq_neon_scale.h"
#include "tq_requantize.h"

#if TQ_NEON

/* Groups at a time: as many as have their sums in registers. */
#define OF_WEIGHTS 4
#define OF_CODES 8

/* 16 inputs of a tap; `turned`, a constant: whether lanes have other places. */
TQ_INLINE int8x16_t seen(const int8_t *x, int32_t turned, uint8x16_t places) {
  return turned ? vqtbl1q_s8(vld1q_s8(x), places) : vld1q_s8(x);
}

/* Products of one tap or two -> sums. */
TQ_INLINE void widen(const int16x8_t low, const int16x8_t high, int32x4_t sum[4]) {
  sum[0] = vaddw_s16(sum[0], vget_low_s16(low));
  sum[1] = vaddw_high_s16(sum[1], low);
  sum[2] = vaddw_s16(sum[2], vget_low_s16(high));
  sum[3] = vaddw_high_s16(sum[3], high);
}

TQ_INLINE void sums_of_weights(int32_t turned, const tq_depthwise *l, const int8_t *w, const int8_t *x,
                               const ptrdiff_t apart[8], uint8x16_t places, const int32_t *add, int32x4_t sum[16]) {
  int32_t tap = l->taps % 2;

#pragma GCC unroll 16
  for (int32_t i = 0; i < 16; i++) sum[i] = vld1q_s32(add + i % 4 * 4);
  if (tap) {
    const int8x16_t one = vld1q_s8(w);
#pragma GCC unroll 4
    for (int32_t i = 0; i < OF_WEIGHTS; i++) {
      const int8x16_t s = seen(x + l->from[0] + apart[i], turned, places);
      widen(vmull_s8(vget_low_s8(s), vget_low_s8(one)), vmull_high_s8(s, one), sum + 4 * i);
    }
  }
  for (w += tap * l->lanes; tap < l->taps; tap += 2, w += 2 * l->lanes) {
    const int8x16_t one = vld1q_s8(w), two = vld1q_s8(w + l->lanes);
    const int8_t *const x0 = x + l->from[tap], *const x1 = x + l->from[tap + 1];
#pragma GCC unroll 4
    for (int32_t i = 0; i < OF_WEIGHTS; i++) {
      const int8x16_t s = seen(x0 + apart[i], turned, places), t = seen(x1 + apart[i], turned, places);
      const int16x8_t low = vmull_s8(vget_low_s8(s), vget_low_s8(one)), high = vmull_high_s8(s, one);
      widen(vmlal_s8(low, vget_low_s8(t), vget_low_s8(two)), vmlal_high_s8(high, t, two), sum + 4 * i);
    }
  }
}

TQ_INLINE void sums_of_codes(int32_t turned, const tq_depthwise *l, const int8_t *w, const int8_t *x,
                             const ptrdiff_t apart[8], uint8x16_t places, int16x8_t sum[16]) {
#pragma GCC unroll 16
  for (int32_t i = 0; i < 16; i++) sum[i] = vdupq_n_s16(0);
  for (int32_t tap = 0; tap < l->taps; tap++, w += l->lanes) {
    const int8x16_t one = vld1q_s8(w);
    const int8_t *const x0 = x + l->from[tap];
#pragma GCC unroll 8
    for (int32_t i = 0; i < OF_CODES; i++) {
      const int8x16_t s = seen(x0 + apart[i], turned, places);
      sum[2 * i] = vmlal_s8(sum[2 * i], vget_low_s8(s), vget_low_s8(one));
      sum[2 * i + 1] = vmlal_high_s8(sum[2 * i + 1], s, one);
    }
  }
}

/* By any shifts, in memory: most layers have none but those that tq_neon_scale_right takes. */
static void scale_any(const tq_depthwise *l, int32_t first, int32x4_t sum[16]) {
  for (int32_t i = 0; i < 16; i++) {
    const int32_t lane = first + i % 4 * 4;
    sum[i] = tq_neon_scale(sum[i], vld1q_s32(l->multipliers + lane), vld1q_s32(l->shift + lane));
  }
}

/* Sums of four groups, scaled -> outputs. */
TQ_INLINE void put(const tq_depthwise *l, int32_t first, int32x4_t sum[16], const ptrdiff_t apart[4], int8_t *y) {
  if (l->right) {
#pragma GCC unroll 4
    for (int32_t k = 0; k < 4; k++) {
      const int32_t lane = first + 4 * k;
      const int32x4_t multiplier = vld1q_s32(l->multipliers + lane), shift = vld1q_s32(l->shift + lane);
#pragma GCC unroll 4
      for (int32_t i = k; i < 16; i += 4) sum[i] = tq_neon_scale_right(sum[i], multiplier, shift);
    }
  } else {
    int32x4_t any[16];
#pragma GCC unroll 16
    for (int32_t i = 0; i < 16; i++) any[i] = sum[i];
    scale_any(l, first, any);
#pragma GCC unroll 16
    for (int32_t i = 0; i < 16; i++) sum[i] = any[i];
  }
#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) vst1q_s8(y + apart[i], tq_neon_to_int8(sum + 4 * i, l->zero_point, l->min, l->max));
}

TQ_INLINE void tile_of_weights(int32_t turned, const tq_depthwise *l, int32_t first, const int8_t *x,
                               const ptrdiff_t x_apart[8], uint8x16_t places, const ptrdiff_t y_apart[8], int8_t *y) {
  int32x4_t sum[16];

  sums_of_weights(turned, l, l->weights + first, x, x_apart, places, l->add + first, sum);
  put(l, first, sum, y_apart, y);
}

TQ_INLINE void tile_of_codes(int32_t turned, const tq_depthwise *l, int32_t first, const int8_t *x,
                             const ptrdiff_t x_apart[8], uint8x16_t places, const ptrdiff_t y_apart[8], int8_t *y) {
  int16x8_t narrow[16];

  sums_of_codes(turned, l, l->weights + first, x, x_apart, places, narrow);
#pragma GCC unroll 2
  for (int32_t half = 0; half < 2; half++) {
    int32x4_t sum[16];
#pragma GCC unroll 8
    for (int32_t i = 0; i < 8; i++) {
      const int32_t lane = first + i % 2 * 8;
      const int16x8_t level = vld1q_s16(l->level + lane), one = narrow[8 * half + i];
      sum[2 * i] = vmlal_s16(vld1q_s32(l->add + lane), vget_low_s16(one), vget_low_s16(level));
      sum[2 * i + 1] = vmlal_high_s16(vld1q_s32(l->add + lane + 4), one, level);
    }
    put(l, first, sum, y_apart + 4 * half, y);
  }
}

/* `codes` and `turned` are constants. */
TQ_INLINE void run(int32_t codes, int32_t turned, const tq_depthwise *layer, const tq_depthwise_groups *groups) {
  const tq_depthwise l = *layer; /* copies, because writing int8_t outputs could change them */
  const tq_depthwise_groups g = *groups;
  const int32_t most = codes ? OF_CODES : OF_WEIGHTS, last = g.count > most ? g.count - most : 0;
  ptrdiff_t x_apart[8], y_apart[8];

  for (int32_t i = 0; i < 8; i++) { /* beyond the last group it is taken again */
    const int32_t group = i < g.count ? i : g.count - 1;
    x_apart[i] = (ptrdiff_t)group * g.x_step;
    y_apart[i] = (ptrdiff_t)group * g.y_step;
  }
  for (int32_t block = 0; 16 * block < l.lanes; block++) {
    const int32_t first = tq_depthwise_first(block, l.lanes);
    const uint8x16_t places = turned ? vld1q_u8(l.place + 16 * block) : vdupq_n_u8(0);
    const int8_t *const seen = g.x + (turned ? first / l.multiplier : first);
    for (int32_t i = 0; i < g.count; i += most) {
      const int32_t begin = i < last ? i : last;
      const int8_t *const x = seen + begin * g.x_step;
      int8_t *const y = g.y + first + begin * g.y_step;
      if (codes) {
        tile_of_codes(turned, &l, first, x, x_apart, places, y_apart, y);
      } else {
        tile_of_weights(turned, &l, first, x, x_apart, places, y_apart, y);
      }
    }
  }
}

void tq_neon_depthwise_run(const tq_depthwise *l, const tq_depthwise_groups *groups) {
  if (l->codes) {
    if (l->multiplier > 1) {
      run(1, 1, l, groups);
    } else {
      run(1, 0, l, groups);
    }
  } else if (l->multiplier > 1) {
    run(0, 1, l, groups);
  } else {
    run(0, 0, l, groups);
  }
}

#else

static void run_block(const tq_depthwise *l, int32_t block, const tq_depthwise_groups *g) {
  const int32_t first = tq_depthwise_first(block, l->lanes);

  for (int32_t i = 0; i < 16 * g->count; i++) {
    const int32_t lane = first + i % 16, seen = first / l->multiplier + l->place[16 * block + i % 16];
    int32_t sum = 0;
    for (int32_t tap = 0; tap < l->taps; tap++) {
      sum += g->x[i / 16 * g->x_step + seen + l->from[tap]] * l->weights[tap * l->lanes + lane];
    }
    sum = tq_scale(sum * l->level[lane] + l->add[lane], l->multipliers[lane], l->shift[lane]);
    g->y[i / 16 * g->y_step + lane] = tq_to_int8(sum, l->zero_point, l->min, l->max);
  }
}

void tq_neon_depthwise_run(const tq_depthwise *l, const tq_depthwise_groups *groups) {
  for (int32_t block = 0; 16 * block < l->lanes; block++) run_block(l, block, groups);
}

#endif
