#include "tq_neon.h"
#include "tq_neon_gemm.h"

#if TQ_NEON

#define CODES_STEPS 127 /* two products a lane and step */

/* 16 products a step, in 8 lanes. */
TQ_INLINE int16x8_t add_codes(int16x8_t sum, int8x16_t x, int8x16_t w) {
  return vmlal_high_s8(vmlal_s8(sum, vget_low_s8(x), vget_low_s8(w)), x, w);
}

TQ_INLINE int32x4_t add_weights(int32x4_t sum, int8x16_t x, int8x16_t w) {
  return vpadalq_s16(sum, vmlal_high_s8(vmull_s8(vget_low_s8(x), vget_low_s8(w)), x, w));
}

/* The sums of four vectors' lanes. */
TQ_INLINE int32x4_t totals_of(const int32x4_t v[4]) {
  return vpaddq_s32(vpaddq_s32(v[0], v[1]), vpaddq_s32(v[2], v[3]));
}

/* 4 rows, 8 - 4 of the panel's in between, times 4 filters. */
TQ_INLINE void tile_of_codes(const int8_t *x, const int8_t *w, int32_t steps, int32_t apart,
                             const int32_t *start, int32_t *sums) {
  const int32x4_t begin = vld1q_s32(start);
  int32x4_t wide[4] = {begin, begin, begin, begin};

  for (int32_t left = steps; left > 0; left -= CODES_STEPS) {
    int16x8_t sum[16];
#pragma GCC unroll 16
    for (int32_t i = 0; i < 16; i++) sum[i] = vdupq_n_s16(0);
    for (int32_t step = left < CODES_STEPS ? left : CODES_STEPS; step > 0; step--, x += 128, w += 64) {
      const int8x16_t w0 = vld1q_s8(w), w1 = vld1q_s8(w + 16), w2 = vld1q_s8(w + 32), w3 = vld1q_s8(w + 48);
#pragma GCC unroll 4
      for (int32_t row = 0; row < 4; row++) {
        const int8x16_t one = vld1q_s8(x + 16 * row);
        sum[4 * row] = add_codes(sum[4 * row], one, w0);
        sum[4 * row + 1] = add_codes(sum[4 * row + 1], one, w1);
        sum[4 * row + 2] = add_codes(sum[4 * row + 2], one, w2);
        sum[4 * row + 3] = add_codes(sum[4 * row + 3], one, w3);
      }
    }
#pragma GCC unroll 4
    for (int32_t row = 0; row < 4; row++) {
      const int32x4_t parts[4] = {vpaddlq_s16(sum[4 * row]), vpaddlq_s16(sum[4 * row + 1]),
                                  vpaddlq_s16(sum[4 * row + 2]), vpaddlq_s16(sum[4 * row + 3])};
      wide[row] = vaddq_s32(wide[row], totals_of(parts));
    }
  }
#pragma GCC unroll 4
  for (int32_t row = 0; row < 4; row++) vst1q_s32(sums + row * apart, wide[row]);
}

TQ_INLINE void tile_of_weights(const int8_t *x, const int8_t *w, int32_t steps, int32_t apart,
                               const int32_t *start, int32_t *sums) {
  const int32x4_t begin = vld1q_s32(start);
  int32x4_t sum[16];

#pragma GCC unroll 16
  for (int32_t i = 0; i < 16; i++) sum[i] = vdupq_n_s32(0);
  for (int32_t step = 0; step < steps; step++, x += 128, w += 64) {
    const int8x16_t w0 = vld1q_s8(w), w1 = vld1q_s8(w + 16), w2 = vld1q_s8(w + 32), w3 = vld1q_s8(w + 48);
#pragma GCC unroll 4
    for (int32_t row = 0; row < 4; row++) {
      const int8x16_t one = vld1q_s8(x + 16 * row);
      sum[4 * row] = add_weights(sum[4 * row], one, w0);
      sum[4 * row + 1] = add_weights(sum[4 * row + 1], one, w1);
      sum[4 * row + 2] = add_weights(sum[4 * row + 2], one, w2);
      sum[4 * row + 3] = add_weights(sum[4 * row + 3], one, w3);
    }
  }
#pragma GCC unroll 4
  for (int32_t row = 0; row < 4; row++) vst1q_s32(sums + row * apart, vaddq_s32(begin, totals_of(sum + 4 * row)));
}

#else

static void tile_of_weights(const int8_t *x, const int8_t *w, int32_t steps, int32_t apart, const int32_t *start,
                            int32_t *sums) {
  for (int32_t i = 0; i < 16; i++) {
    int32_t sum = start[i % 4];
    for (int32_t k = 0; k < 16 * steps; k++) {
      sum += x[k / 16 * 128 + i / 4 * 16 + k % 16] * w[k / 16 * 64 + i % 4 * 16 + k % 16];
    }
    sums[i / 4 * apart + i % 4] = sum;
  }
}

static void tile_of_codes(const int8_t *x, const int8_t *w, int32_t steps, int32_t apart, const int32_t *start,
                          int32_t *sums) {
  tile_of_weights(x, w, steps, apart, start, sums);
}

#endif

void tq_neon_gemm(const int8_t *rows, const int8_t *filters, tq_gemm_size size, const int32_t *start, int32_t *sums) {
  for (int32_t o = 0; o < size.filters; o += 4, filters += 64 * size.steps) {
    for (int32_t row = 0; row < TQ_GEMM_ROWS; row += 4) {
      int32_t *const tile = sums + row * size.filters + o;
      if (size.codes) {
        tile_of_codes(rows + 16 * row, filters, size.steps, size.filters, start + o, tile);
      } else {
        tile_of_weights(rows + 16 * row, filters, size.steps, size.filters, start + o, tile);
      }
    }
  }
}
