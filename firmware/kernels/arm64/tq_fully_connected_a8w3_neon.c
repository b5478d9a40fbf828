#include "../common/tq_neon_dense.h"

void tq_fully_connected_a8w3_neon(const tq_fully_connected_params *params,
                                  const tq_fully_connected_dims *dims, const int8_t *input,
                                  const uint8_t *packed, const int32_t *bias, int8_t *output) {
  tq_neon_dense_few(params, dims, input, packed, 3, bias, output);
}
