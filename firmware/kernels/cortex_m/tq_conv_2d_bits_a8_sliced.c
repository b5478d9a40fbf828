#include "../common/tq_sliced_lines.h"

void tq_conv_2d_bits_a8_sliced(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                               const int32_t *weights, const int32_t *bias, int8_t *output, void *scratch) {
  tq_sliced_store *const store = TQ_USED_SLICED ? tq_sliced_store_a8 : NULL;

  tq_sliced_few_bits(params, dims, input, weights, bias, store, tq_store_sum_a8, output, scratch);
}
