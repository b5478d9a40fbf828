#include "../common/tq_sliced_lines.h"

void tq_conv_2d_bits_f32_sliced(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                                const int32_t *weights, const float *bias, float *output, void *scratch) {
  tq_sliced_store *const store = TQ_USED_SLICED ? tq_sliced_store_f32 : NULL;

  tq_sliced_few_bits(params, dims, input, weights, bias, store, tq_store_sum_f32, output, scratch);
}
