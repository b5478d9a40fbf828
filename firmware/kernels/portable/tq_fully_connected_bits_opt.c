#include "../common/tq_bits_formulas.h"

void tq_fully_connected_bits_opt(const tq_fully_connected_bits_params *params,
                                 const tq_fully_connected_dims *dims, const int32_t *input,
                                 const int32_t *weights, int32_t *output) {
  tq_fully_connected_bits_words(params, dims, input, weights, NULL, tq_store_sum_bits, output);
}
