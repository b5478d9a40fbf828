#include "../common/tq_few_bits.h"
#include "tinyq/tq_kernels.h"

void tq_fully_connected_a8w2_opt(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output) {
  tq_fully_connected_table(params, dims, input, packed, 2, tq_unpack_2_bits, bias, output);
}
