#include "tq_neon_table.h"

static int32_t up(int32_t value) { return (value + 15) / 16 * 16; }

/* Of an input that is padded by the filter's size on all sides. */
tq_table_sizes tq_neon_table_sizes(const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter;
  const int32_t plane = up((dims->input.h + 2 * filter.h) * (dims->input.w + 2 * filter.w)) + 128;
  const int32_t taps = filter.h * filter.w, lanes = TQ_TABLE_LANES;
  tq_table_sizes sizes;

  sizes.table = TQ_TABLE_BYTES;
  sizes.sums = 2 * filter.n * lanes;
  sizes.wide = 4 * filter.n * lanes;
  sizes.zero = up(4 * filter.n);
  sizes.offsets = up(4 * 2 * taps);
  sizes.indices = sizes.codes = up(taps * filter.c * filter.n) + 64;
  sizes.planes = plane * (filter.c + 8); /* digits of the last index that are no channel read planes, too */
  sizes.outputs = filter.n * (plane + lanes);
  return sizes;
}
