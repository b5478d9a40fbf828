#include "tq_swar_dense.h"

void tq_swar_dense(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims, const int8_t *input,
                   const uint16_t *codes, int ternary, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_scaling scaling = tq_dense_scaling(params, bias);
  const int32_t c_in = dims->c_in, c_out = dims->c_out, row_units = tq_swar_units(c_in, ternary);
  const int32_t most = tq_swar_dense_units(c_in, ternary), taps = tq_swar_unit_taps(ternary);
  int32_t *const sums = scratch;
  int16_t *const tables = (int16_t *)(void *)(sums + c_out);

  for (int32_t row = 0; row < dims->rows; row++, input += c_in, output += c_out) {
    for (int32_t i = 0; i < c_out; i++) sums[i] = 0;
    for (int32_t unit = 0; unit < row_units; unit += most) {
      const int32_t units = row_units - unit < most ? row_units - unit : most, first = unit * taps;
      const uint16_t *of_output = codes + unit;
      tq_swar_dense_tables(input + first, c_in - first, units, ternary, tables);
      int32_t i = 0;
      for (; i + 1 < c_out; i += 2, of_output += 2 * row_units) {
        tq_swar_dense_two(sums + i, of_output, row_units, units, ternary, tables);
      }
      if (i < c_out) { /* the last one, twice */
        int32_t two[2] = {sums[i], 0};
        tq_swar_dense_two(two, of_output, 0, units, ternary, tables);
        sums[i] = two[0];
      }
    }
    for (int32_t i = 0; i < c_out; i++) tq_swar_outputs(&scaling, i, sums + i, 1, output + i, 1);
  }
}
