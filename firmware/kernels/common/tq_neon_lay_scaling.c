#include "tq_neon_depthwise_bits.h"

void tq_neon_lay_scaling(tq_lanes_layer *layer, const int32_t *bias) {
  const tq_bits_output *const how = &layer->params->output;
  const int32_t lanes = 8 * layer->pixel, channels = layer->dims->output.c;
  int32_t *const at = layer->scaling;

  memset(at, 0, (size_t)(TQ_LANES_SCALING * lanes) * sizeof *at);
  layer->right = 1;
  for (int32_t c = 0; c < channels; c++) {
    const int32_t left = how->shift[c] > 0 ? how->shift[c] : 0, by = how->bias_shift;
    const uint32_t begin = ((uint32_t)(layer->largest / layer->divisor) << by) + (bias ? (uint32_t)bias[c] : 0);
    at[c] = (int32_t)(begin << left);
    at[lanes + c] = (int32_t)((uint32_t)(2 / layer->divisor) << by << left);
    at[2 * lanes + c] = how->multiplier[c];
    at[3 * lanes + c] = how->shift[c] - left;
    layer->right = layer->right && how->shift[c] < 0;
  }
}
