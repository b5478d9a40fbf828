#include "tq_bits.h"
#include "tq_mve_lines.h"

static int32_t bytes_of(const tq_conv_dims *dims, int32_t planes) {
  const tq_mve_lines_sizes sizes = tq_mve_lines_sizes_of(dims, planes);
  const int32_t entries = (planes == 1 ? 1 : 9) * sizes.taps + 1;
  const int32_t of_d = 4 * entries, marks = TQ_MVE_LINES_CUTS * sizes.block;
  const int32_t words = 2 * tq_bits_words(dims->input.c) + 1, pointers = sizes.bits * 2 * sizes.groups;
  const int32_t fixed = 4 * words + pointers + 2 * TQ_MVE_LINES_ROWS + 16;

  return fixed + sizes.shared + sizes.indices + sizes.weights + sizes.tables + (of_d > marks ? of_d : marks);
}

int32_t tq_mve_lines_scratch(const tq_conv_dims *dims) {
  const int32_t one = tq_mve_lines_are(dims) ? bytes_of(dims, 1) : 0;
  const int32_t two = tq_mve_lines_are(dims) ? bytes_of(dims, 2) : 0;

  return one > two ? one : two;
}
