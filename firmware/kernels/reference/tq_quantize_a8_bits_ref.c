#include "../common/tq_bits.h"
#include "tinyq/tq_kernels_bits.h"

void tq_quantize_a8_bits_ref(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output) {
  const int32_t levels = params->levels, depth = dims->depth, row_words = tq_bits_row(depth, levels);

  for (int32_t row = 0; row < dims->rows; row++, output += row_words) {
    for (int32_t c = 0; c < depth; c++) {
      const int32_t *const thresholds = params->thresholds + (params->per_channel ? c : 0) * (levels - 1);
      const int32_t value = *input++;
      int32_t number = 0;
      for (int32_t i = 0; i < levels - 1; i++) number += value > thresholds[i];
      tq_put_code(output, depth, levels, c,
                  tq_code_of_number(number, levels, params->flip && params->flip[c]));
    }
  }
}
