#include "../common/tq_listed.h"

void tq_fully_connected_bits_f32_listed(const tq_fully_connected_bits_params *params,
                                        const tq_fully_connected_dims *dims, const int32_t *input,
                                        const int32_t *weights, const float *bias, float *output, void *scratch) {
  tq_listed_dense(params, dims, input, weights, bias, tq_store_sum_f32, output, scratch);
}
