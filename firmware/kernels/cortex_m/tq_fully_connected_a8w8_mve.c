#include "../common/tq_mve_dense.h"
#include "tinyq/tq_kernels_mve.h"

void tq_fully_connected_a8w8_mve(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                                 const int8_t *input, const int8_t *weights, const int32_t *bias, int8_t *output,
                                 void *scratch) {
  tq_mve_dense(params, dims, input, weights, bias, output, scratch);
}
