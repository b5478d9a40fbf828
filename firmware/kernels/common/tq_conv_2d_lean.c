#include "tq_conv_2d_block.h"

void tq_conv_2d_lean(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                     const uint8_t *packed, tq_unpack *unpack, const int32_t *bias, int8_t *output, void *scratch) {
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c;

  for (int32_t channel = 0; channel < dims->filter.n;) {
    const int32_t count = tq_conv_2d_block_size(dims, channel);
    const int8_t *filters[TQ_BLOCK];
    for (int32_t k = 0; k < TQ_BLOCK; k++) { /* what is missing to a block is computed and not used */
      int8_t *const codes = (int8_t *)scratch + (k < count ? k : 0) * taps;
      if (k < count) unpack(packed, (channel + k) * taps, taps, codes);
      filters[k] = codes;
    }
    tq_conv_2d_block(params, dims, input, filters, tq_window_sum_int8, bias, output, channel, count);
    channel += count;
  }
}
