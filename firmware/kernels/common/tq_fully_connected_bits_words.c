#include "tq_bits.h"
#include "tq_bits_formulas.h"
#include "tq_bits_words.h"

void tq_fully_connected_bits_words(const tq_fully_connected_bits_params *params,
                                   const tq_fully_connected_dims *dims, const int32_t *input,
                                   const int32_t *weights, const void *bias, tq_store_sum *store,
                                   void *output) {
  static const int32_t start = 0;
  const int32_t w_row = tq_bits_row(dims->c_in, params->w_levels);
  tq_bits_window window = {input, NULL, &start, 1, dims->c_in, params->x_levels, params->w_levels};

  for (int32_t row = 0; row < dims->rows; row++) {
    for (int32_t o = 0; o < dims->c_out; o++) {
      store(&params->output, bias, row, dims->c_out, o, tq_bits_sum(&window, weights + o * w_row), output);
    }
    window.input += tq_bits_row(dims->c_in, params->x_levels);
  }
}
