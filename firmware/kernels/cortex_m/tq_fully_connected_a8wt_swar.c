#include "../common/tq_swar_dense.h"
#include "tinyq/tq_kernels_swar.h"

void tq_fully_connected_a8wt_swar(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                                  const int8_t *input, const uint16_t *arranged, const int32_t *bias,
                                  int8_t *output, void *scratch) {
  tq_swar_dense(params, dims, input, arranged, 1, bias, output, scratch);
}
