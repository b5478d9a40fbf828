#include "../common/tq_bits.h"
#include "../common/tq_requantize.h"
#include "tinyq/tq_kernels_bits.h"

void tq_dequantize_bits_a8_ref(const tq_dequantize_bits_a8_params *params, const tq_rows_dims *dims,
                               const int32_t *input, int8_t *output) {
  const int32_t levels = params->levels, depth = dims->depth, row_words = tq_bits_row(depth, levels);

  for (int32_t row = 0; row < dims->rows; row++, input += row_words) {
    for (int32_t c = 0; c < depth; c++) {
      const int32_t code = tq_code_at(input, depth, levels, c);
      const int32_t scaled = tq_scale(code, params->multiplier, params->shift);
      *output++ = tq_to_int8(scaled, params->output_zero_point, params->activation_min,
                             params->activation_max);
    }
  }
}
