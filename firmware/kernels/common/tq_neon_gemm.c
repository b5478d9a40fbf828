#include "tq_neon_gemm.h"

#include "tq_neon_gemm_put.h"
#include "tq_requantize.h"

#if TQ_NEON

#define CODES_STEPS 127 /* two products a lane and step */

typedef struct {
  const int8_t *x[4], *w; /* four rows, four filters */
} operands;

/* The sums of four vectors' lanes. */
TQ_INLINE int32x4_t totals_of(const int32x4_t v[4]) {
  return vpaddq_s32(vpaddq_s32(v[0], v[1]), vpaddq_s32(v[2], v[3]));
}

/* 16 products in 8 lanes. */
TQ_INLINE int16x8_t products(int8x16_t x, int8x16_t w) {
  return vmlal_high_s8(vmull_s8(vget_low_s8(x), vget_low_s8(w)), x, w);
}

/* What is multiplied next waits for a sum: more rows at a time have no room in registers. */
#define AFTER(sum, next) __asm__("" : "+w"(next), "+w"(sum))

/* A step of 4 rows by 4 filters. `first`, a constant: sums begin with it. */
TQ_INLINE void step_of_weights(operands at, int32_t step, int32_t first, int32x4_t sum[16]) {
  const int8_t *const w = at.w + 64 * step;
  const int8x16_t four[4] = {vld1q_s8(w), vld1q_s8(w + 16), vld1q_s8(w + 32), vld1q_s8(w + 48)};

#pragma GCC unroll 4
  for (int32_t row = 0; row < 4; row++) {
    int8x16_t x = vld1q_s8(at.x[row] + 16 * step);
    if (row > 0) AFTER(sum[4 * row - 1], x);
#pragma GCC unroll 4
    for (int32_t o = 0; o < 4; o++) {
      const int16x8_t two = products(x, four[o]);
      sum[4 * row + o] = first ? vpaddlq_s16(two) : vpadalq_s16(sum[4 * row + o], two);
    }
  }
}

TQ_INLINE void step_of_codes(operands at, int32_t step, int32_t first, int16x8_t sum[16]) {
  const int8_t *const w = at.w + 64 * step;
  const int8x16_t four[4] = {vld1q_s8(w), vld1q_s8(w + 16), vld1q_s8(w + 32), vld1q_s8(w + 48)};

#pragma GCC unroll 4
  for (int32_t row = 0; row < 4; row++) {
    const int8x16_t x = vld1q_s8(at.x[row] + 16 * step);
#pragma GCC unroll 4
    for (int32_t o = 0; o < 4; o++) {
      int16x8_t *const s = sum + 4 * row + o;
      *s = first ? products(x, four[o])
                 : vmlal_high_s8(vmlal_s8(*s, vget_low_s8(x), vget_low_s8(four[o])), x, four[o]);
    }
  }
}

/* The last step, of 8 inputs. */
TQ_INLINE void rest_of_weights(operands at, int32_t step, int32x4_t sum[16]) {
#pragma GCC unroll 16
  for (int32_t i = 0; i < 16; i++) {
    const int8x8_t x = vld1_s8(at.x[i / 4] + 16 * step);
    sum[i] = vpadalq_s16(sum[i], vmull_s8(x, vld1_s8(at.w + 64 * step + i % 4 * 16)));
  }
}

TQ_INLINE void tile_of_weights(operands at, int32_t steps, int32_t rest, int32x4_t wide[4]) {
  int32x4_t sum[16];

  step_of_weights(at, 0, 1, sum);
  for (int32_t step = 1; step < steps; step++) step_of_weights(at, step, 0, sum);
  if (rest) rest_of_weights(at, steps, sum);
#pragma GCC unroll 4
  for (int32_t row = 0; row < 4; row++) wide[row] = totals_of(sum + 4 * row);
}

TQ_INLINE void tile_of_codes(operands at, int32_t steps, int32x4_t wide[4]) {
#pragma GCC unroll 4
  for (int32_t row = 0; row < 4; row++) wide[row] = vdupq_n_s32(0);
  for (int32_t step = 0, end; step < steps;) {
    int16x8_t sum[16];
    end = steps - step < CODES_STEPS ? steps : step + CODES_STEPS;
    step_of_codes(at, step, 1, sum);
    while (++step < end) step_of_codes(at, step, 0, sum);
#pragma GCC unroll 4
    for (int32_t row = 0; row < 4; row++) {
      const int32x4_t parts[4] = {vpaddlq_s16(sum[4 * row]), vpaddlq_s16(sum[4 * row + 1]),
                                  vpaddlq_s16(sum[4 * row + 2]), vpaddlq_s16(sum[4 * row + 3])};
      wide[row] = vaddq_s32(wide[row], totals_of(parts));
    }
  }
}

/* All rows by filters [o, o + 4); `codes` is a constant. */
TQ_INLINE void block(int32_t codes, tq_gemm g, int32_t o, tq_gemm_rows rows, const tq_gemm_tile *tile,
                     int8_t *output) {
  const int32_t steps = g.steps, rest = g.rest;
  operands at = {{0}, g.panel + o * 16 * (steps + rest)};

  for (int32_t left = rows.count; left > 0; left -= 4) {
    const int8_t *x = rows.first;
    int8_t *to = output + o;
    int32x4_t wide[4];
    if (left < 4 && rows.count > 4) x -= (4 - left) * rows.apart, to -= (4 - left) * g.channels;
    at.x[0] = x, at.x[1] = x + tile->x[1], at.x[2] = x + tile->x[2], at.x[3] = x + tile->x[3];
    if (codes) {
      tile_of_codes(at, steps + rest, wide);
    } else {
      tile_of_weights(at, steps, rest, wide);
    }
    tq_gemm_put(&g, codes, o, wide, tile->y, to);
    rows.first += 4 * rows.apart;
    output += 4 * g.channels;
  }
}

static void block_of_weights(const tq_gemm *g, int32_t o, tq_gemm_rows rows, const tq_gemm_tile *tile, int8_t *output) {
  block(0, *g, o, rows, tile, output);
}

static void block_of_codes(const tq_gemm *g, int32_t o, tq_gemm_rows rows, const tq_gemm_tile *tile, int8_t *output) {
  block(1, *g, o, rows, tile, output);
}

void tq_neon_gemm(const tq_gemm *g, tq_gemm_rows rows, int8_t *output) {
  const tq_gemm_tile tile = tq_gemm_tile_of(g, rows);

  for (int32_t o = 0; o < g->channels; o += 4) {
    if (g->codes) {
      block_of_codes(g, o, rows, &tile, output);
    } else {
      block_of_weights(g, o, rows, &tile, output);
    }
  }
}

#else

void tq_neon_gemm(const tq_gemm *g, tq_gemm_rows rows, int8_t *output) {
  const int32_t slots = g->steps + g->rest;

  for (int32_t i = 0; i < rows.count * g->channels; i++) {
    const int32_t row = i / g->channels, o = i % g->channels;
    const int8_t *const x = rows.first + row * rows.apart, *const w = g->panel + o / 4 * 64 * slots + o % 4 * 16;
    int32_t sum = 0;
    for (int32_t k = 0; k < 16 * slots; k++) sum += x[k] * w[k / 16 * 64 + k % 16];
    sum = tq_scale(sum * g->level[o] + g->add[o], g->multiplier[o], g->shift[o]);
    output[i] = tq_to_int8(sum, g->zero_point, g->min, g->max);
  }
}

#endif
