#include "../common/tq_mve_depthwise.h"
#include "tinyq/tq_kernels_mve.h"

void tq_depthwise_conv_2d_a8wt_mve(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                   const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_dsp_weights how = {packed, tq_mve_unpack_ternary, NULL, 0};
  tq_mve_depthwise(params, dims, input, &how, bias, output, scratch);
}
