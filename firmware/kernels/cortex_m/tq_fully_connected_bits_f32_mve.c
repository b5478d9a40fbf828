#include "../common/tq_mve_packed.h"
#include "tinyq/tq_kernels_mve.h"

void tq_fully_connected_bits_f32_mve(const tq_fully_connected_bits_params *params, const tq_fully_connected_dims *dims,
                                     const int32_t *input, const int32_t *weights, const float *bias, float *output) {
  tq_mve_packed_dense(params, dims, input, weights, bias, tq_store_sum_f32, output);
}
