#include "../common/tq_sliced_dense.h"

void tq_fully_connected_bits_a8_sliced(const tq_fully_connected_bits_params *params,
                                       const tq_fully_connected_dims *dims, const int32_t *input,
                                       const int32_t *weights, const int32_t *bias, int8_t *output) {
  tq_sliced_dense_bits(params, dims, 0, input, weights, bias, NULL, output);
}
