#include "../common/tq_sliced_dense.h"

void tq_fully_connected_bits_f32_sliced(const tq_fully_connected_bits_params *params,
                                        const tq_fully_connected_dims *dims, const int32_t *input,
                                        const int32_t *weights, const float *bias, float *output) {
  tq_sliced_dense_bits(params, dims, 0, input, weights, bias, tq_store_sum_f32, output);
}
