#include "../common/tq_transpose_conv.h"
#include "tinyq/tq_kernels.h"

void tq_transpose_conv_a8w3_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output, void *scratch) {
  const tq_any_weights any = {packed, NULL, tq_unpack_3_bits, 3};
  tq_transpose_conv(params, dims, input, &any, bias, output, scratch);
}
