#include "tq_neon.h"
#include "tq_neon_gemm.h"
#include "tq_neon_gemm_put.h"

#if TQ_NEON

#define DOT __attribute__((target("arch=armv8.2-a+dotprod")))

/* 8 rows by 4 filters; a step is four times four inputs. */
#define ADD_QUARTER(lane)                                             \
  do {                                                                \
    const int8x16_t four = vld1q_s8(w + 16 * (lane));                 \
    sum0 = vdotq_laneq_s32(sum0, four, x0, lane);                     \
    sum1 = vdotq_laneq_s32(sum1, four, x1, lane);                     \
    sum2 = vdotq_laneq_s32(sum2, four, x2, lane);                     \
    sum3 = vdotq_laneq_s32(sum3, four, x3, lane);                     \
    sum4 = vdotq_laneq_s32(sum4, four, x4, lane);                     \
    sum5 = vdotq_laneq_s32(sum5, four, x5, lane);                     \
    sum6 = vdotq_laneq_s32(sum6, four, x6, lane);                     \
    sum7 = vdotq_laneq_s32(sum7, four, x7, lane);                     \
    const int8x16_t next = vld1q_s8(w + apart + 16 * (lane));         \
    sum8 = vdotq_laneq_s32(sum8, next, x0, lane);                     \
    sum9 = vdotq_laneq_s32(sum9, next, x1, lane);                     \
    sum10 = vdotq_laneq_s32(sum10, next, x2, lane);                   \
    sum11 = vdotq_laneq_s32(sum11, next, x3, lane);                   \
    sum12 = vdotq_laneq_s32(sum12, next, x4, lane);                   \
    sum13 = vdotq_laneq_s32(sum13, next, x5, lane);                   \
    sum14 = vdotq_laneq_s32(sum14, next, x6, lane);                   \
    sum15 = vdotq_laneq_s32(sum15, next, x7, lane);                   \
  } while (0)

/* 8 rows by 8 filters: two blocks of 4, `apart` bytes from each other (0: the same one twice). */
DOT static inline void tile_of(const tq_gemm *g, const int8_t *const rows[8], const int8_t *w, int32_t apart,
                               int32x4_t sums[16]) {
  const int32x4_t zero = vdupq_n_s32(0);
  int32x4_t sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero, sum4 = zero, sum5 = zero, sum6 = zero, sum7 = zero;
  int32x4_t sum8 = zero, sum9 = zero, sum10 = zero, sum11 = zero;
  int32x4_t sum12 = zero, sum13 = zero, sum14 = zero, sum15 = zero;

  for (int32_t i = 0; i < 16 * (g->steps + g->rest); i += 16, w += 64) {
    const int8x16_t x0 = vld1q_s8(rows[0] + i), x1 = vld1q_s8(rows[1] + i), x2 = vld1q_s8(rows[2] + i);
    const int8x16_t x3 = vld1q_s8(rows[3] + i), x4 = vld1q_s8(rows[4] + i), x5 = vld1q_s8(rows[5] + i);
    const int8x16_t x6 = vld1q_s8(rows[6] + i), x7 = vld1q_s8(rows[7] + i);
    ADD_QUARTER(0);
    ADD_QUARTER(1);
    if (g->rest && i == 16 * g->steps) break;
    ADD_QUARTER(2);
    ADD_QUARTER(3);
  }
  sums[0] = sum0, sums[1] = sum1, sums[2] = sum2, sums[3] = sum3, sums[4] = sum4, sums[5] = sum5;
  sums[6] = sum6, sums[7] = sum7, sums[8] = sum8, sums[9] = sum9, sums[10] = sum10, sums[11] = sum11;
  sums[12] = sum12, sums[13] = sum13, sums[14] = sum14, sums[15] = sum15;
}

DOT void tq_neon_gemm_dot(const tq_gemm *gemm, tq_gemm_rows rows, int8_t *output) {
  const tq_gemm g = *gemm; /* a copy, because writing int8_t output could change *gemm */
  const tq_gemm_tile tile = tq_gemm_tile_of(&g, rows);
  const int32_t block = 64 * (g.steps + g.rest);

  for (int32_t o = 0; o < g.channels; o += 8) {
    const int32_t apart = o + 4 < g.filters ? block : 0;
    for (int32_t row = 0; row < rows.count; row += 8) {
      const int32_t last = rows.count > 8 ? rows.count - 8 : 0, first = row < last ? row : last;
      const int8_t *const x = rows.first + first * rows.apart;
      const int8_t *const from[8] = {x, x + tile.x[1], x + tile.x[2], x + tile.x[3],
                                     x + tile.x[4], x + tile.x[5], x + tile.x[6], x + tile.x[7]};
      int8_t *const to = output + first * g.channels + o;
      int32x4_t sums[16];
      tile_of(&g, from, g.panel + o / 4 * block, apart, sums);
      for (int32_t i = 0; i < (apart ? 4 : 2); i++) {
        tq_gemm_put(&g, g.codes, o + i / 2 * 4, sums + 4 * i, tile.y + i % 2 * 4, to + i / 2 * 4);
      }
    }
  }
}

#else

void tq_neon_gemm_dot(const tq_gemm *g, tq_gemm_rows rows, int8_t *output) { tq_neon_gemm(g, rows, output); }

#endif
