#include "../common/tq_few_bits.h"
#include "tinyq/tq_kernels.h"

void tq_transpose_conv_a8w3_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output) {
  tq_transpose_conv_table_formula(params, dims, input, packed, 3, bias, output);
}
