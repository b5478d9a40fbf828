#include "tq_few_bits.h"
#include "tq_formulas.h"

void tq_conv_2d_table_formula(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t bits, const int32_t *bias, int8_t *output) {
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c;
  const tq_table_weights weights = {packed, params->levels, params->tables, bits, taps, dims->filter.n};
  tq_conv_params scaling = *params;

  scaling.levels = NULL; /* they are numbers of tables, nothing to multiply with */
  tq_conv_2d_formula(&scaling, dims, input, &weights, tq_table_weight_at, bias, output);
}
