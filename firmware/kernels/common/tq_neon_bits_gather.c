#include <string.h>

#include "tq_neon_bits.h"

static inline void copy_steps(const uint32_t *const from[4], const uint32_t *offsets, int32_t steps, int32_t step_words,
                              uint32_t *to) {
  for (int32_t step = 0; step < steps; step++, to += step_words) {
    for (int32_t row = 0; row < 4; row++) memcpy(to + 4 * row, from[row] + offsets[4 * step], 16);
  }
}

/* Steps of two pairs of words; if one row's pair is the other's neighbour, all rows' are one run. */
static inline void copy_pairs(const uint32_t *const from[4], const uint32_t *offsets, int32_t steps, int32_t step_words,
                              uint32_t *to) {
  int32_t step = 0;
#if TQ_NEON
  if (from[1] == from[0] + 2 && from[2] == from[0] + 4 && from[3] == from[0] + 6) {
    for (; step < steps; step++, to += step_words) {
      const uint64x2x2_t first = vld1q_u64_x2((const uint64_t *)(const void *)(from[0] + offsets[4 * step]));
      const uint64x2x2_t second = vld1q_u64_x2((const uint64_t *)(const void *)(from[0] + offsets[4 * step + 2]));
      vst1q_u32(to, vreinterpretq_u32_u64(vzip1q_u64(first.val[0], second.val[0])));
      vst1q_u32(to + 4, vreinterpretq_u32_u64(vzip2q_u64(first.val[0], second.val[0])));
      vst1q_u32(to + 8, vreinterpretq_u32_u64(vzip1q_u64(first.val[1], second.val[1])));
      vst1q_u32(to + 12, vreinterpretq_u32_u64(vzip2q_u64(first.val[1], second.val[1])));
    }
  }
#endif
  for (; step < steps; step++, to += step_words) {
    for (int32_t row = 0; row < 4; row++) {
      memcpy(to + 4 * row, from[row] + offsets[4 * step], 8);
      memcpy(to + 4 * row + 2, from[row] + offsets[4 * step + 2], 8);
    }
  }
}

#if TQ_NEON

/* Words beyond the line are 0. A word behind the last row's is read, too: scratch memory goes on there. */
static inline void copy_neighbours(const uint32_t *from, int32_t apart, const uint32_t *offsets, int32_t words,
                                   int32_t steps, int32_t step_words, uint32_t *to) {
  for (int32_t i = 0; i < 4 * steps; i += 4, to += step_words) {
    uint32x4x4_t rows;
#pragma GCC unroll 4
    for (int32_t k = 0; k < 4; k++) {
      const uint32_t *const at = from + offsets[i + k < words ? i + k : 0];
      const uint32x4_t read = apart == 2 ? vld2q_u32(at).val[0] : vld1q_u32(at);
      rows.val[k] = i + k < words ? read : vdupq_n_u32(0);
    }
    vst4q_u32(to, rows);
  }
}

#endif

/* Words beyond the line are 0. */
static inline void copy_words(const uint32_t *const from[4], const uint32_t *offsets, int32_t words, int32_t steps,
                              int32_t step_words, uint32_t *to) {
  const uint32_t *const from0 = from[0], *const from1 = from[1], *const from2 = from[2], *const from3 = from[3];

#if TQ_NEON
  const int64_t apart = from1 - from0;
  if ((apart == 1 || apart == 2) && from2 == from1 + apart && from3 == from2 + apart) {
    if (apart == 1) {
      copy_neighbours(from0, 1, offsets, words, steps, step_words, to);
    } else {
      copy_neighbours(from0, 2, offsets, words, steps, step_words, to);
    }
    return;
  }
#endif
  for (int32_t i = 0; i < 4 * steps; i++) {
    uint32_t *const at = to + i / 4 * step_words + i % 4;
    if (i < words) {
      const uint32_t offset = offsets[i];
      at[0] = from0[offset], at[4] = from1[offset], at[8] = from2[offset], at[12] = from3[offset];
    } else {
      at[0] = 0, at[4] = 0, at[8] = 0, at[12] = 0;
    }
  }
}

/* One word four times, or two twice. */
static inline void copy_rest(const uint32_t *const from[4], const uint32_t *offsets, int32_t rest, uint32_t *to) {
  const uint32_t first = offsets[0], second = offsets[rest - 1];

  for (int32_t row = 0; row < 4; row++) {
    const uint64_t pair = from[row][first] | (uint64_t)from[row][second] << 32, twice[2] = {pair, pair};
    memcpy(to + 4 * row, twice, 16);
  }
}

tq_bits_position tq_neon_bits_gather(const tq_bits_walk *walk, tq_bits_position at, int32_t plane,
                                     tq_signs_size size, int32_t step_words, uint32_t *panel) {
  const tq_dims filter = walk->dims->filter, out = walk->dims->output;
  const int32_t pixel = walk->planes * walk->words, right = walk->stride_w * pixel;
  const int32_t down = walk->stride_h * walk->copied_w * pixel - (out.w - 1) * right;
  const int32_t words = filter.h * filter.w * walk->words;
  const uint32_t *const offsets = walk->offsets, *from[4];
  const int32_t whole = at.ox + 4 < out.w; /* all in one row, and it goes on */

  if (whole) {
    const uint32_t *const first = walk->copy + plane * walk->words + at.first;
    from[0] = first, from[1] = first + right, from[2] = first + 2 * right, from[3] = first + 3 * right;
    at.ox += 4;
    at.first += 4 * right;
  }
  for (int32_t row = 0; row < 4 && !whole; row++) {
    from[row] = walk->copy + plane * walk->words + at.first;
    if (++at.ox < out.w) {
      at.first += right;
    } else if (++at.row < at.rows) {
      at.ox = 0;
      at.first += down;
    } else { /* stay */
      at.row--, at.ox--;
    }
  }
  if (walk->words % 4 == 0) {
    copy_steps(from, offsets, size.steps, step_words, panel);
  } else if (walk->words % 2 == 0 && words >= 4 * size.steps) {
    copy_pairs(from, offsets, size.steps, step_words, panel);
  } else {
    copy_words(from, offsets, words, size.steps, step_words, panel);
  }
  if (size.rest > 0) copy_rest(from, offsets + 4 * size.steps, size.rest, panel + step_words * size.steps);
  return at;
}
