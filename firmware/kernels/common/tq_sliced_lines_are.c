#include "tq_bits.h"
#include "tq_sliced_lines.h"

int tq_sliced_lines_are(const tq_conv_dims *dims) {
  const int32_t h = dims->filter.h, w = dims->filter.w;
  tq_sliced_lines_sizes sizes;

  if ((h != 1 && w != 1) || h > TQ_SLICED_LINES_TAPS || w > TQ_SLICED_LINES_TAPS || dims->output.w < 16) return 0;
  sizes = tq_sliced_lines_sizes_of(dims, 2);
  return sizes.all <= TQ_SLICED_LINES_MOST && sizes.filters <= TQ_SLICED_LINES_LISTS / (2 * sizes.list);
}
