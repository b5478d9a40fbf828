#include "../common/tq_packed_rows.h"
#include "tinyq/tq_kernels.h"

void tq_fully_connected_a8wt_opt(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output) {
  const tq_packed_scheme ternary = {tq_ternary_aligned_rows,
                                   tq_ternary_two_rows, 2, 5, 2, 2 * 125, 0x00030003, 1, -1};
  tq_packed_dense(&ternary, params, dims, input, packed, bias, output);
}
