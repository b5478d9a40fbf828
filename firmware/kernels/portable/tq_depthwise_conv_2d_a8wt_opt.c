#include "../common/tq_depthwise_conv_2d.h"
#include "../common/tq_unpack.h"
#include "tinyq/tq_kernels.h"

void tq_depthwise_conv_2d_a8wt_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output, void *scratch) {
  int8_t *codes = scratch;

  tq_unpack_ternary(packed, 0, dims->filter.h * dims->filter.w * dims->filter.c, codes);
  tq_depthwise_conv_2d(params, dims, input, codes, bias, output);
}
