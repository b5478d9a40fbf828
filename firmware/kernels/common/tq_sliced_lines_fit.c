#include "tq_bits.h"
#include "tq_sliced_lines.h"

int tq_sliced_lines_fit(const tq_conv_bits_params *params, const tq_conv_dims *dims) {
  const int32_t most = TQ_SLICED_LINES_LEVELS;

  if (params->x_levels > most || params->w_levels > most) return 0;
  if (params->output.thresholds && params->output.levels > most) return 0;
  return params->stride_w == 1 && (params->dilation_w == 1 || dims->filter.w == 1) && tq_sliced_lines_are(dims);
}
