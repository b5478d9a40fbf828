#include "tq_bits.h"
#include "tq_sliced_lines.h"

int tq_sliced_few_are(const tq_conv_dims *dims) {
  const tq_dims in = dims->input, filter = dims->filter;
  const int32_t most = TQ_SLICED_FEW_TAPS;

  if (filter.c != in.c || in.c > TQ_SLICED_FEW_CHANNELS || dims->output.w < 16) return 0;
  if (filter.h > most || filter.w > most / filter.h || filter.h * filter.w > most / in.c) return 0;
  return tq_sliced_lines_sizes_of(dims, 2).all <= TQ_SLICED_LINES_MOST;
}
