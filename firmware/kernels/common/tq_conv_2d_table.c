#include "tq_conv_2d_block.h"
#include "tq_few_bits.h"

void tq_conv_2d_table(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                      const uint8_t *packed, int32_t bits, tq_unpack_table *unpack, const int32_t *bias,
                      int8_t *output, void *scratch) {
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c;
  tq_conv_params scaling = *params;

  scaling.levels = NULL; /* they are numbers of tables, nothing to multiply with */
  for (int32_t channel = 0; channel < dims->filter.n;) {
    const int32_t count = tq_conv_2d_block_size(dims, channel);
    const int8_t *filters[TQ_BLOCK];
    for (int32_t k = 0; k < TQ_BLOCK; k++) { /* what is missing to a block is computed and not used */
      const int32_t filter = channel + (k < count ? k : 0);
      int8_t *const weights = (int8_t *)scratch + k * taps;
      unpack(packed, filter * taps, taps, tq_table_of(params->tables, params->levels, filter, bits), weights);
      filters[k] = weights;
    }
    tq_conv_2d_block(&scaling, dims, input, filters, tq_window_sum_int8, bias, output, channel, count);
    channel += count;
  }
}
