#include "../common/tq_formulas.h"
#include "tinyq/tq_kernels.h"

void tq_transpose_conv_a8w1_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output) {
  tq_transpose_conv_formula(params, dims, input, packed, tq_binary_code_at, bias, output);
}
