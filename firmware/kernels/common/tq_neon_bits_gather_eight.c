#include <string.h>

#include "tq_neon_bits.h"

#if TQ_NEON

/* Pairs of words of 8 neighbours: of two taps by turns, or of one twice. */
static inline void lay(const uint32_t *first, const uint32_t *second, uint32_t *to) {
  const uint64x2x4_t a = vld1q_u64_x4((const uint64_t *)(const void *)first);
  const uint64x2x4_t b = vld1q_u64_x4((const uint64_t *)(const void *)second);
  const uint64x2x4_t low = {{vzip1q_u64(a.val[0], b.val[0]), vzip2q_u64(a.val[0], b.val[0]),
                             vzip1q_u64(a.val[1], b.val[1]), vzip2q_u64(a.val[1], b.val[1])}};
  const uint64x2x4_t high = {{vzip1q_u64(a.val[2], b.val[2]), vzip2q_u64(a.val[2], b.val[2]),
                              vzip1q_u64(a.val[3], b.val[3]), vzip2q_u64(a.val[3], b.val[3])}};
  vst1q_u64_x4((uint64_t *)(void *)to, low);
  vst1q_u64_x4((uint64_t *)(void *)(to + 16), high);
}

#else

static inline void lay(const uint32_t *first, const uint32_t *second, uint32_t *to) {
  for (int32_t row = 0; row < 8; row++, to += 4) {
    memcpy(to, first + 2 * row, 8);
    memcpy(to + 2, second + 2 * row, 8);
  }
}

#endif

tq_bits_position tq_neon_bits_gather_eight(const tq_bits_walk *walk, tq_bits_position at, tq_signs_size size,
                                           uint32_t *panel) {
  const int32_t out_w = walk->dims->output.w;
  const uint32_t *const from = walk->copy + at.first, *offsets = walk->offsets;

  for (int32_t step = 0; step < size.steps; step++, offsets += 4, panel += 32) {
    lay(from + offsets[0], from + offsets[2], panel);
  }
  if (size.rest > 0) lay(from + offsets[0], from + offsets[0], panel);
  at.first += 16;
  at.ox += 8;
  if (at.ox == out_w && at.row + 1 < at.rows) {
    at.row++;
    at.first += 2 * (walk->stride_h * walk->copied_w - out_w);
    at.ox = 0;
  }
  return at;
}
