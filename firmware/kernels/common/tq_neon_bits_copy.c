#include <string.h>

#include "tq_neon_bits.h"

/* Four words at a time, the last four overlapping what was copied before. */
static inline uint32_t *copy_words(uint32_t *to, const int32_t *from, int32_t words) {
  if (words >= 4) {
    for (int32_t i = 0; i < words - 4; i += 4) memcpy(to + i, from + i, 16);
    memcpy(to + words - 4, from + words - 4, 16);
  } else {
    for (int32_t i = 0; i < words; i++) to[i] = (uint32_t)from[i];
  }
  return to + words;
}

static inline uint32_t *copy_outside(uint32_t *to, const uint32_t *outside, int32_t words, int32_t count) {
  for (int32_t x = 0; x < count; x++) {
    for (int32_t i = 0; i < words; i++) *to++ = outside[i];
  }
  return to;
}

static inline int32_t within(int32_t value, int32_t most) {
  return value < 0 ? 0 : value > most ? most : value;
}

void tq_neon_bits_copy(const tq_bits_walk *walk, int32_t n, int32_t oy, int32_t rows) {
  const tq_dims in = walk->dims->input;
  const int32_t row = walk->planes * walk->words, width = walk->copied_w, before = within(walk->pad_left, width);
  const int32_t inside = within(in.w, width - before), behind = width - before - inside;
  const int32_t first = oy * walk->stride_h - walk->pad_top;
  const int32_t last = first + (rows - 1) * walk->stride_h + (walk->dims->filter.h - 1) * walk->dilation_h;
  uint32_t *copy = walk->copy;

  for (int32_t y = first; y <= last; y++) {
    if (y < 0 || y >= in.h) {
      copy = copy_outside(copy, walk->outside, row, width);
    } else {
      copy = copy_outside(copy, walk->outside, row, before);
      copy = copy_words(copy, walk->input + (n * in.h + y) * in.w * row, inside * row);
      copy = copy_outside(copy, walk->outside, row, behind);
    }
  }
}
