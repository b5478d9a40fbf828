#include "tq_depthwise_conv_2d.h"
#include "tq_few_bits.h"

void tq_depthwise_conv_2d_table(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                const uint8_t *packed, int32_t bits, tq_unpack_table *unpack,
                                const int32_t *bias, int8_t *output, void *scratch) {
  static const int8_t codes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const int32_t channels = dims->output.c, count = dims->filter.h * dims->filter.w * channels;
  int8_t *const weights = scratch;
  tq_conv_params scaling = *params;

  scaling.levels = NULL; /* they are numbers of tables, nothing to multiply with */
  unpack(packed, 0, count, codes, weights);
  for (int32_t channel = 0; channel < channels; channel++) { /* neighbours are of other channels */
    const int8_t *const table = tq_table_of(params->tables, params->levels, channel, bits);
    for (int32_t i = channel; i < count; i += channels) weights[i] = table[weights[i]];
  }
  tq_depthwise_conv_2d(&scaling, dims, input, weights, bias, output);
}
