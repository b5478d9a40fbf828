#include "tq_neon_bits_dense.h"

#include "tq_bits.h"

void tq_neon_bits_dense(const tq_fully_connected_bits_params *params, const tq_fully_connected_dims *dims,
                        const int32_t *input, const int32_t *weights, const void *bias, tq_store_sum *store,
                        void *output) {
  const int32_t x_row = tq_bits_row(dims->c_in, params->x_levels), w_row = tq_bits_row(dims->c_in, params->w_levels);

  for (int32_t row = 0; row < dims->rows; row++, input += x_row) {
    for (int32_t o = 0; o < dims->c_out; o++) {
      const int32_t sum =
          tq_neon_bits_dot(input, weights + o * w_row, dims->c_in, params->x_levels, params->w_levels);
      store(&params->output, bias, row, dims->c_out, o, sum, output);
    }
  }
}
