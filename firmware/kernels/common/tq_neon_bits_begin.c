#include "tq_neon_bits.h"

uint32_t *tq_neon_bits_begin(tq_bits_walk *walk, uint32_t *scratch) {
  const tq_dims filter = walk->dims->filter, out = walk->dims->output;
  const int32_t words = walk->words, row = walk->words * walk->planes, line = filter.h * filter.w * words;
  const int32_t all = tq_neon_bits_copy_words(walk->dims);
  const int64_t width = (int64_t)(out.w - 1) * walk->stride_w + (int64_t)(filter.w - 1) * walk->dilation_w + 1;
  const int64_t most_rows = (all - line) / row / width;
  const int64_t rows_of_one = (int64_t)(filter.h - 1) * walk->dilation_h + 1;
  uint32_t *offsets = scratch;

  if (most_rows < rows_of_one) return NULL;
  walk->copied_w = (int32_t)width;
  walk->band = (int32_t)((most_rows - rows_of_one) / walk->stride_h + 1);
  if (walk->band > out.h) walk->band = out.h;
  walk->offsets = offsets;
  walk->copy = scratch + line;
  for (int32_t tap = 0; tap < filter.h * filter.w; tap++) {
    const int32_t y = tap / filter.w * walk->dilation_h, x = tap % filter.w * walk->dilation_w;
    for (int32_t i = 0; i < words; i++) *offsets++ = (uint32_t)((y * walk->copied_w + x) * row + i);
  }
  return scratch + all;
}
