#include "../common/tq_conv_2d_block.h"
#include "tinyq/tq_kernels.h"

void tq_conv_2d_a8w8_opt(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, int8_t *output) {
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c;

  for (int32_t channel = 0; channel < dims->filter.n;) {
    const int32_t count = tq_conv_2d_block_size(dims, channel);
    const int8_t *filters[TQ_BLOCK];
    for (int32_t k = 0; k < TQ_BLOCK; k++) { /* what is missing to a block is computed and not used */
      filters[k] = weights + (channel + (k < count ? k : 0)) * taps;
    }
    tq_conv_2d_block(params, dims, input, filters, tq_window_sum_int8, bias, output, channel, count);
    channel += count;
  }
}
