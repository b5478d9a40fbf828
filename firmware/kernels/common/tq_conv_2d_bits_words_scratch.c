#include "tq_bits.h"
#include "tq_bits_formulas.h"

#define MOST_PLANES 8

/* Offsets of the taps, a row of padding, and, where groups have to be cut out, a row for each tap. */
int32_t tq_conv_2d_bits_words_scratch(const tq_conv_dims *dims) {
  const int32_t taps = dims->filter.h * dims->filter.w;
  const int32_t rows = dims->input.c == dims->filter.c ? 1 : 1 + taps;
  return (int32_t)sizeof(int32_t) * (taps + rows * MOST_PLANES * tq_bits_words(dims->filter.c));
}
