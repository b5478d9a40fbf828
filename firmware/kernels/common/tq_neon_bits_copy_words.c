#include "tq_bits.h"
#include "tq_neon_bits.h"

#define MOST_PLANES 8
#define BAND_WORDS 8192 /* 32 KiB: a copy that is not needed for one row of the output is no larger */

/* Two filter heights of a padded input, or a band. */
int32_t tq_neon_bits_copy_words(const tq_conv_dims *dims) {
  const int32_t words = tq_bits_words(dims->filter.c), filter_h = dims->filter.h, filter_w = dims->filter.w;
  const int32_t rows = 2 * filter_h * (dims->input.w + 2 * filter_w) * words * MOST_PLANES;
  return (rows > BAND_WORDS ? rows : BAND_WORDS) + filter_h * filter_w * words;
}
