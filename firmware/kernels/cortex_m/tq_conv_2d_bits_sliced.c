#include "../common/tq_sliced_lines.h"

void tq_conv_2d_bits_sliced(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                            const int32_t *weights, int32_t *output, void *scratch) {
  tq_sliced_store *const store = TQ_USED_SLICED ? tq_sliced_store_bits : NULL;

  tq_sliced_few_bits(params, dims, input, weights, NULL, store, tq_store_sum_bits, output, scratch);
}
