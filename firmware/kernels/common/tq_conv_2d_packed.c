#include "tq_conv_2d_block.h"

void tq_conv_2d_packed(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                       const uint8_t *packed, tq_unpack *unpack, const int32_t *bias, int8_t *output,
                       void *scratch) {
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c;
  int32_t *pairs = scratch;
  int8_t *codes = (int8_t *)(pairs + 2 * taps);

  for (int32_t channel = 0; channel < dims->filter.n;) {
    const int32_t count = tq_conv_2d_block_size(dims, channel);
    for (int32_t k = 0; k < TQ_BLOCK; k++) { /* what is missing to a block is computed and not used */
      if (k < count) unpack(packed, (channel + k) * taps, taps, codes);
      tq_pair_codes(codes, taps, k, pairs);
    }
    tq_conv_2d_block(params, dims, input, pairs, tq_window_sum_pairs, bias, output, channel, count);
    channel += count;
  }
}
