#include "../common/tq_depthwise_conv_2d.h"
#include "tinyq/tq_kernels.h"

void tq_depthwise_conv_2d_a8w8_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const int8_t *weights, const int32_t *bias,
                                   int8_t *output) {
  tq_depthwise_conv_2d(params, dims, input, weights, bias, output);
}
