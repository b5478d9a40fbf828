#include "tq_bits.h"
#include "tq_mve_lines.h"

int tq_mve_lines_fit(const tq_conv_bits_params *params, const tq_conv_dims *dims) {
  const int32_t column = dims->filter.w == 1, wide = params->dilation_w == 1 || column;

  if (!tq_mve_lines_are(dims) || params->x_levels > 4 || params->w_levels > 4) return 0;
  if (params->output.thresholds && params->output.levels > TQ_MVE_LINES_CUTS + 1) return 0;
  if (column && (params->pad_left != 0 || dims->input.w != dims->output.w)) return 0;
  return params->stride_w == 1 && wide && dims->input.c < 8192 && dims->output.c < 8192;
}
