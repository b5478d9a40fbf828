#include "../common/tq_formulas.h"
#include "tinyq/tq_kernels.h"

void tq_transpose_conv_a8w8_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const int8_t *weights, const int32_t *bias,
                                int8_t *output) {
  tq_transpose_conv_formula(params, dims, input, weights, tq_int8_weight_at, bias, output);
}
