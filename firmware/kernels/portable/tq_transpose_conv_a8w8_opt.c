#include "../common/tq_transpose_conv.h"
#include "tinyq/tq_kernels.h"

void tq_transpose_conv_a8w8_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const int8_t *weights, const int32_t *bias,
                                int8_t *output, void *scratch) {
  const tq_any_weights any = {weights, NULL, NULL, 8};
  tq_transpose_conv(params, dims, input, &any, bias, output, scratch);
}
