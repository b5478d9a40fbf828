#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* A row of padding; lines; filters with their lists; marks or tables, which one plane has room for in more words. */
static int32_t scratch_of(const tq_conv_dims *dims, int32_t planes) {
  const tq_sliced_lines_sizes sizes = tq_sliced_lines_sizes_of(dims, planes);
  const int32_t filters = sizes.filters * ((int32_t)sizeof(tq_sliced_lines_filter) + 2 * sizes.list);

  return 4 * (2 * tq_bits_words(dims->input.c) + sizes.all) + filters + sizes.last;
}

int32_t tq_sliced_lines_scratch(const tq_conv_dims *dims) {
  const int32_t one = scratch_of(dims, 1), two = scratch_of(dims, 2);

  return one > two ? one : two;
}
