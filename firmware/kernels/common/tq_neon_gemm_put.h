/* From the sums of a tile to its outputs. */
#ifndef TQ_NEON_GEMM_PUT_H
#define TQ_NEON_GEMM_PUT_H

#include <stddef.h>
#include <string.h>

#include "tq_neon_gemm.h"
#include "tq_neon_scale.h"

/* How far rows and outputs of a tile are from its first one's. Beyond the last row it is taken again. */
typedef struct {
  ptrdiff_t x[8], y[8];
} tq_gemm_tile;

static inline tq_gemm_tile tq_gemm_tile_of(const tq_gemm *gemm, tq_gemm_rows rows) {
  tq_gemm_tile tile;

  for (int32_t i = 0; i < 8; i++) {
    const int32_t row = i < rows.count ? i : rows.count - 1;
    tile.x[i] = (ptrdiff_t)row * rows.apart;
    tile.y[i] = (ptrdiff_t)row * gemm->channels;
  }
  return tile;
}

#if TQ_NEON

/* Sums of four rows by filters [o, o + 4) -> outputs, `apart` from the first one's. `codes`: they have a level. */
TQ_INLINE void tq_gemm_put(const tq_gemm *g, int32_t codes, int32_t o, const int32x4_t sums[4],
                           const ptrdiff_t apart[4], int8_t *output) {
  const int32x4_t add = vld1q_s32(g->add + o), level = vld1q_s32(g->level + o);
  const int32x4_t multiplier = vld1q_s32(g->multiplier + o), shift = vld1q_s32(g->shift + o);
  int32x4_t sum[4];
  int8x16_t all;

#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) {
    sum[i] = codes ? vmlaq_s32(add, sums[i], level) : vaddq_s32(add, sums[i]);
  }
  if (g->right) { /* as most are */
#pragma GCC unroll 4
    for (int32_t i = 0; i < 4; i++) sum[i] = tq_neon_scale_right(sum[i], multiplier, shift);
  } else {
#pragma GCC unroll 4
    for (int32_t i = 0; i < 4; i++) sum[i] = tq_neon_scale(sum[i], multiplier, shift);
  }
  all = tq_neon_to_int8(sum, g->zero_point, g->min, g->max);
  if (o + 4 <= g->channels) {
    const int32x4_t words = vreinterpretq_s32_s8(all);
    const int32_t word[4] = {vgetq_lane_s32(words, 0), vgetq_lane_s32(words, 1), vgetq_lane_s32(words, 2),
                             vgetq_lane_s32(words, 3)};
#pragma GCC unroll 4
    for (int32_t i = 0; i < 4; i++) memcpy(output + apart[i], word + i, 4);
  } else {
    int8_t bytes[16];
    vst1q_s8(bytes, all);
    for (int32_t i = 0; i < 4; i++) memcpy(output + apart[i], bytes + 4 * i, (size_t)(g->channels - o));
  }
}

#endif

#endif
