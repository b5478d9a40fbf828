#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Lines, blocks and marks. */
static int32_t words_of(const tq_conv_dims *dims, int32_t planes) {
  const tq_sliced_lines_sizes sizes = tq_sliced_lines_sizes_of(dims, planes);

  return sizes.lines + sizes.seen + 2 * TQ_SLICED_LINES_CHANNELS * sizes.words;
}

/* A row of padding, filters with their lists, and tables, too. */
int32_t tq_sliced_lines_scratch(const tq_conv_dims *dims) {
  const int32_t pixel = 2 * tq_bits_words(dims->input.c);
  tq_sliced_lines_sizes sizes;
  int32_t one, two, filters;

  if (!tq_sliced_lines_are(dims)) return 0;
  sizes = tq_sliced_lines_sizes_of(dims, 2);
  one = words_of(dims, 1);
  two = words_of(dims, 2);
  filters = sizes.filters * ((int32_t)sizeof(tq_sliced_lines_filter) + 2 * sizes.list);
  return 4 * (pixel + (one > two ? one : two)) + filters + TQ_SLICED_LINES_TABLES;
}
