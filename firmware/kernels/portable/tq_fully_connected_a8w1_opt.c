#include "../common/tq_packed_rows.h"
#include "tinyq/tq_kernels.h"

void tq_fully_connected_a8w1_opt(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output) {
  const tq_packed_scheme binary = {tq_binary_aligned_rows,
                                   tq_binary_two_rows, 4, 8, 1, 256, 0x00010001, -2, 1}; /* bit 1 means -1 */
  tq_packed_dense(&binary, params, dims, input, packed, bias, output);
}
