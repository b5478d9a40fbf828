#include "tq_neon_dense.h"
#include "tq_neon_outputs.h"
#include "tq_neon_sum.h"

/* Codes are digits less 1, or 1 less twice the digits. */
void tq_neon_dense_codes(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                         const int8_t *input, const uint8_t *packed, int32_t base, const int32_t *bias,
                         int8_t *output) {
  const tq_scaling scaling = tq_dense_scaling(params, bias);
  const int32_t c_in = dims->c_in, c_out = dims->c_out, digits = base == 3 ? 5 : 8;
  const tq_dense_layer layer = {.packed = packed, .end = packed + (c_in * c_out + digits - 1) / digits,
                                .c_in = c_in, .zero_point = params->input_zero_point, .unit = 1, .digits = digits,
                                .rows = base == 3 ? tq_neon_dense_ternary : tq_neon_dense_binary};

  for (int32_t row = 0; row < dims->rows; row++, input += c_in, output += c_out) {
    const int32_t seen = tq_neon_sum_int8(input, c_in) - layer.zero_point * c_in;
    for (int32_t first = 0; first < c_out; first += TQ_DENSE_OUTPUTS) {
      const int32_t count = c_out - first < TQ_DENSE_OUTPUTS ? c_out - first : TQ_DENSE_OUTPUTS;
      int32_t sums[TQ_DENSE_OUTPUTS];
      tq_neon_dense_add(&layer, input, first, count, sums);
      for (int32_t i = 0; i < count; i++) sums[i] = base == 3 ? sums[i] - seen : seen - 2 * sums[i];
      tq_neon_outputs(&scaling, first, count, 0, sums, output + first);
    }
  }
}
