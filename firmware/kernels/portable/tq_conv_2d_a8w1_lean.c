#include "../common/tq_conv_2d_block.h"
#include "tinyq/tq_kernels.h"

void tq_conv_2d_a8w1_lean(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch) {
  tq_conv_2d_lean(params, dims, input, packed, tq_unpack_binary, bias, output, scratch);
}
