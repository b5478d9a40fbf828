#include "tq_formulas.h"
#include "tq_outputs.h"

void tq_fully_connected_formula(const tq_fully_connected_params *params,
                                const tq_fully_connected_dims *dims, const int8_t *input,
                                const void *weights, tq_weight_at *weight_at, const int32_t *bias,
                                int8_t *output) {
  const tq_scaling scaling = tq_dense_scaling(params, bias);

  for (int32_t row = 0; row < dims->rows; row++) {
    for (int32_t o = 0; o < dims->c_out; o++) {
      int32_t sum = 0;
      for (int32_t i = 0; i < dims->c_in; i++) {
        const int32_t value = input[row * dims->c_in + i];
        sum += (value - params->input_zero_point) * weight_at(weights, o * dims->c_in + i);
      }
      tq_outputs(&scaling, o, 1, &sum, output++);
    }
  }
}
