#include "../common/tq_few_bits.h"
#include "tinyq/tq_kernels.h"

void tq_conv_2d_a8w3_opt(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch) {
  tq_conv_2d_table(params, dims, input, packed, 3, tq_unpack_3_bits, bias, output, scratch);
}
