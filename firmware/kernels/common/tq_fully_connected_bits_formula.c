#include "tq_bits.h"
#include "tq_bits_formulas.h"

void tq_fully_connected_bits_formula(const tq_fully_connected_bits_params *params,
                                     const tq_fully_connected_dims *dims, const int32_t *input,
                                     const int32_t *weights, const void *bias, tq_store_sum *store,
                                     void *output) {
  const int32_t c_in = dims->c_in, x_levels = params->x_levels, w_levels = params->w_levels;
  const int32_t x_row = tq_bits_row(c_in, x_levels), w_row = tq_bits_row(c_in, w_levels);

  for (int32_t row = 0; row < dims->rows; row++) {
    for (int32_t o = 0; o < dims->c_out; o++) {
      int32_t sum = 0;
      for (int32_t i = 0; i < c_in; i++) {
        sum += tq_code_at(input + row * x_row, c_in, x_levels, i) *
               tq_code_at(weights + o * w_row, c_in, w_levels, i);
      }
      store(&params->output, bias, row, dims->c_out, o, sum, output);
    }
  }
}
