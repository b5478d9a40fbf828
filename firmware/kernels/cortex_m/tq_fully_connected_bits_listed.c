#include "../common/tq_listed.h"

void tq_fully_connected_bits_listed(const tq_fully_connected_bits_params *params,
                                    const tq_fully_connected_dims *dims, const int32_t *input,
                                    const int32_t *weights, int32_t *output, void *scratch) {
  tq_listed_dense(params, dims, input, weights, NULL, NULL, output, scratch);
}
