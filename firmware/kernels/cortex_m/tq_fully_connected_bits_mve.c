#include "../common/tq_mve_packed.h"
#include "tinyq/tq_kernels_mve.h"

void tq_fully_connected_bits_mve(const tq_fully_connected_bits_params *params, const tq_fully_connected_dims *dims,
                                 const int32_t *input, const int32_t *weights, int32_t *output) {
  tq_mve_packed_dense(params, dims, input, weights, NULL, tq_store_sum_bits, output);
}
