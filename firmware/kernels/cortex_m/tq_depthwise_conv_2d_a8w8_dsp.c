#include "../common/tq_dsp_depthwise.h"
#include "tinyq/tq_kernels_dsp.h"

void tq_depthwise_conv_2d_a8w8_dsp(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const int8_t *filter, const int32_t *bias,
                                   int8_t *output, void *scratch) {
  const tq_dsp_weights weights = {filter, NULL, NULL, 0};
  tq_dsp_depthwise(params, dims, input, &weights, bias, output, scratch);
}
