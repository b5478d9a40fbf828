#include "../common/tq_dsp_dual.h"
#include "tinyq/tq_kernels_dsp.h"

void tq_fully_connected_a8w1_dsp(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                                 const int8_t *input, const uint32_t *arranged, const int32_t *bias,
                                 int8_t *output, void *scratch) {
  const tq_dsp_dual_scheme binary = {tq_dsp_dual_binary, 16, 4, -2, 1};
  tq_dsp_dual_dense(&binary, params, dims, input, arranged, bias, output, scratch);
}
