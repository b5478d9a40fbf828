#include "../common/tq_bits_formulas.h"

void tq_conv_2d_bits_a8_ref(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                            const int32_t *input, const int32_t *weights, const int32_t *bias,
                            int8_t *output) {
  tq_conv_2d_bits_formula(params, dims, input, weights, bias, tq_store_sum_a8, output);
}
