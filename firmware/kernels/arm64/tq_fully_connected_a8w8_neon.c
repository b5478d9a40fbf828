#include "../common/tq_neon_dense.h"
#include "../common/tq_neon_outputs.h"

void tq_fully_connected_a8w8_neon(const tq_fully_connected_params *params,
                                  const tq_fully_connected_dims *dims, const int8_t *input,
                                  const int8_t *weights, const int32_t *bias, int8_t *output) {
  const tq_scaling scaling = tq_dense_scaling(params, bias);
  const int32_t c_in = dims->c_in, c_out = dims->c_out;

  for (int32_t row = 0; row < dims->rows; row++, input += c_in, output += c_out) {
    for (int32_t first = 0; first < c_out; first += 8) {
      const int32_t count = c_out - first < 8 ? c_out - first : 8;
      int32_t sums[8];
      for (int32_t k = 0; k < count; k++) {
        const int8_t *const w = weights + (first + k) * c_in;
        sums[k] = tq_neon_dense_sum(input, w, c_in, params->input_zero_point);
      }
      tq_neon_outputs(&scaling, first, count, 0, sums, output + first);
    }
  }
}
