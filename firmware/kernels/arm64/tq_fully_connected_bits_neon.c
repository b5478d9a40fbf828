#include "../common/tq_neon_bits_dense.h"

void tq_fully_connected_bits_neon(const tq_fully_connected_bits_params *params,
                                  const tq_fully_connected_dims *dims, const int32_t *input,
                                  const int32_t *weights, int32_t *output) {
  tq_neon_bits_dense(params, dims, input, weights, NULL, tq_store_sum_bits, output);
}
