#include <string.h>

#include "tq_neon_bits.h"

#if TQ_NEON

/* What a run has of two taps by turns, or of one twice: pairs of words of 8 rows, or of two planes of 4 rows. */
TQ_INLINE void lay(const uint32_t *first, const uint32_t *second, int32_t planes, uint32_t *to) {
  const uint64x2x4_t a = vld1q_u64_x4((const uint64_t *)(const void *)first);
  const uint64x2x4_t b = vld1q_u64_x4((const uint64_t *)(const void *)second);
  uint64x2_t low[4], high[4];

#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) {
    low[i] = vzip1q_u64(a.val[i], b.val[i]);
    high[i] = vzip2q_u64(a.val[i], b.val[i]);
  }
  const uint64x2x4_t rows = {{low[0], high[0], low[1], high[1]}}, others = {{low[2], high[2], low[3], high[3]}};
  const uint64x2x4_t some = {{low[0], low[1], low[2], low[3]}}, minus = {{high[0], high[1], high[2], high[3]}};
  vst1q_u64_x4((uint64_t *)(void *)to, planes == 1 ? rows : some);
  vst1q_u64_x4((uint64_t *)(void *)(to + 16), planes == 1 ? others : minus);
}

#else

static inline void lay(const uint32_t *first, const uint32_t *second, int32_t planes, uint32_t *to) {
  for (int32_t i = 0; i < 8; i++, first += 2, second += 2) {
    uint32_t *const row = to + (planes == 1 ? 4 * i : i % 2 * 16 + i / 2 * 4);
    memcpy(row, first, 8);
    memcpy(row + 2, second, 8);
  }
}

#endif

TQ_INLINE void lay_all(const uint32_t *from, const uint32_t *offsets, int32_t planes, tq_signs_size size,
                       uint32_t *panel) {
  for (int32_t step = 0; step < size.steps; step++, offsets += 4, panel += 32) {
    lay(from + offsets[0], from + offsets[2], planes, panel);
  }
  if (size.rest > 0) lay(from + offsets[0], from + offsets[0], planes, panel);
}

tq_bits_position tq_neon_bits_gather_run(const tq_bits_walk *walk, tq_bits_position at, tq_signs_size size,
                                         uint32_t *panel) {
  const int32_t out_w = walk->dims->output.w;

  if (walk->planes == 1) {
    lay_all(walk->copy + at.first, walk->offsets, 1, size, panel);
  } else {
    lay_all(walk->copy + at.first, walk->offsets, 2, size, panel);
  }
  at.first += 16;
  at.ox += 8 / walk->planes;
  if (at.ox == out_w && at.row + 1 < at.rows) {
    at.row++;
    at.first += 2 * walk->planes * (walk->stride_h * walk->copied_w - out_w);
    at.ox = 0;
  }
  return at;
}
