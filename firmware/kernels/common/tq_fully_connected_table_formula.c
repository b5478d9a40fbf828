#include "tq_few_bits.h"
#include "tq_formulas.h"

void tq_fully_connected_table_formula(const tq_fully_connected_params *params,
                                      const tq_fully_connected_dims *dims, const int8_t *input,
                                      const uint8_t *packed, int32_t bits, const int32_t *bias,
                                      int8_t *output) {
  const tq_table_weights weights = {packed, params->levels, params->tables, bits, dims->c_in, dims->c_out};
  tq_fully_connected_params scaling = *params;

  scaling.levels = NULL; /* they are numbers of tables, nothing to multiply with */
  tq_fully_connected_formula(&scaling, dims, input, &weights, tq_table_weight_at, bias, output);
}
