#include "../common/tq_dsp_dual.h"
#include "tinyq/tq_kernels_dsp.h"

void tq_fully_connected_a8wt_dsp(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                                 const int8_t *input, const uint32_t *arranged, const int32_t *bias,
                                 int8_t *output, void *scratch) {
  const tq_dsp_dual_scheme ternary = {tq_dsp_dual_ternary, 8, 7, 1, 0};
  tq_dsp_dual_dense(&ternary, params, dims, input, arranged, bias, output, scratch);
}
