#include "tq_neon_depthwise.h"
#include "tq_neon_table.h"

int32_t tq_neon_depthwise_codes(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                const uint8_t *packed, int32_t base, const int32_t *bias, int8_t *output,
                                void *scratch) {
  const int32_t channels = dims->filter.c, taps = dims->filter.h * dims->filter.w;
  int8_t *const weights = (int8_t *)scratch + tq_neon_depthwise_scratch(dims);
  tq_conv_params scaling = *params;

  tq_neon_unpack(packed, base, taps * channels, weights);
  if (taps <= TQ_DEPTHWISE_TAPS) return tq_neon_depthwise(params, dims, input, weights, 1, bias, output, scratch);
  scaling.levels = NULL; /* what codes stand for instead of them */
  for (int32_t i = 0; i < taps * channels; i++) weights[i] = (int8_t)(weights[i] * params->levels[i % channels]);
  return tq_neon_depthwise(&scaling, dims, input, weights, 0, bias, output, scratch);
}
