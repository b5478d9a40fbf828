#include "tq_bits.h"
#include "tq_neon_bits.h"

/* A row of padding, the copy, and what tq_neon_signs_begin lays. */
int32_t tq_neon_signs_scratch(const tq_conv_dims *dims) {
  const int32_t words = tq_bits_words(dims->filter.c), taps = dims->filter.h * dims->filter.w;
  const int32_t apart = (dims->filter.n + 7) / 8 * 8, pixel_words = (dims->filter.n + 63) / 64 * 2;
  const tq_signs_size size = tq_signs_size_of(taps * words, dims->filter.n);

  return 4 * (words + tq_neon_bits_copy_words(dims) + (TQ_SIGNS_ROWS + 1) * pixel_words +
              (1 + taps + TQ_SIGNS_ROWS) * apart / 2 + tq_signs_row_words(size) + tq_signs_filter_words(size));
}
