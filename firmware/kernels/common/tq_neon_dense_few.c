#include "tq_neon_dense.h"
#include "tq_neon_few_digits.h"
#include "tq_neon_outputs.h"

void tq_neon_dense_few(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                       const int8_t *input, const uint8_t *packed, int32_t bits, const int32_t *bias,
                       int8_t *output) {
  tq_dense_rows *const rows[] = {tq_neon_dense_2_bits, tq_neon_dense_3_bits, tq_neon_dense_4_bits};
  tq_scaling scaling = tq_dense_scaling(params, bias);
  const int32_t c_in = dims->c_in, c_out = dims->c_out;
  const tq_dense_layer layer = {packed, packed + (c_in * c_out * bits + 7) / 8, params->tables, params->levels, bits,
                                c_in, params->input_zero_point, tq_few_unit(bits), tq_few_digits(bits),
                                rows[bits - 2]};

  scaling.levels = NULL; /* they are numbers of tables, nothing to multiply with */
  for (int32_t row = 0; row < dims->rows; row++, input += c_in, output += c_out) {
    for (int32_t first = 0; first < c_out; first += TQ_DENSE_OUTPUTS) {
      const int32_t count = c_out - first < TQ_DENSE_OUTPUTS ? c_out - first : TQ_DENSE_OUTPUTS;
      int32_t sums[TQ_DENSE_OUTPUTS];
      tq_neon_dense_add(&layer, input, first, count, sums);
      tq_neon_outputs(&scaling, first, count, 0, sums, output + first);
    }
  }
}
