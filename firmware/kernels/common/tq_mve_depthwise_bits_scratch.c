#include "tq_mve_depthwise_bits.h"
#include "tq_mve_lines.h"

/* Padding, positions, pointers, weights, a window; thresholds, or sums and a table; or what the other ways take. */
int32_t tq_mve_depthwise_bits_scratch(const tq_conv_dims *dims) {
  const int32_t other = tq_sliced_depthwise_bits_scratch(dims), taps = dims->filter.h * dims->filter.w;
  const int32_t most = 9 * (taps < TQ_MVE_ENTRIES ? taps : TQ_MVE_ENTRIES) + 1;
  const int32_t entries = most < TQ_MVE_ENTRIES ? most : TQ_MVE_ENTRIES, table = (4 + TQ_WORD_BITS) * entries;
  const int32_t limits = 12 * TQ_SLICED_DIGITS, words = TQ_MVE_SIGNS * tq_bits_words(dims->input.c) + 3 * TQ_MVE_BLOCK;
  const int32_t own = 4 * (words + (1 + 4 * TQ_MVE_QUAD) * taps) + (table > limits ? table : limits);
  const int32_t lines = tq_mve_lines_scratch(dims), most_of_two = own > other ? own : other;

  return lines > most_of_two ? lines : most_of_two;
}
