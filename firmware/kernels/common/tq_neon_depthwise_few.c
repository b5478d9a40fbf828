#include "tq_neon_depthwise.h"
#include "tq_neon_few.h"

/* Neighbours are of other channels: what one of them may be looked up in is the table of all if they have one. */
static void unpack(const tq_conv_params *params, const uint8_t *packed, int32_t bits, int32_t count, int32_t channels,
                   int8_t *weights) {
  static const int8_t codes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, first = 0;
  tq_table_weights all = {packed, &first, codes, bits, count, 1};
  int32_t alike = 1;

  for (int32_t c = 1; c < channels; c++) alike = alike && params->levels[c] == params->levels[0];
  if (alike) all.tables = tq_table_of(params->tables, params->levels, 0, bits);
  tq_neon_unpack_few(&all, weights);
  for (int32_t c = 0; !alike && c < channels; c++) {
    const int8_t *const table = tq_table_of(params->tables, params->levels, c, bits);
    for (int32_t i = c; i < count; i += channels) weights[i] = table[weights[i]];
  }
}

int32_t tq_neon_depthwise_few(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t bits, const int32_t *bias, int8_t *output,
                              void *scratch) {
  const int32_t channels = dims->filter.c;
  int8_t *const weights = (int8_t *)scratch + tq_neon_depthwise_scratch(dims);
  tq_conv_params scaling = *params;

  scaling.levels = NULL; /* they are numbers of tables, nothing to multiply with */
  unpack(params, packed, bits, dims->filter.h * dims->filter.w * channels, channels, weights);
  return tq_neon_depthwise(&scaling, dims, input, weights, 0, bias, output, scratch);
}
