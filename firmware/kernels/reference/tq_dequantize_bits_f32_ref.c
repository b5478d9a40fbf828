#include "../common/tq_bits.h"
#include "tinyq/tq_kernels_bits.h"

void tq_dequantize_bits_f32_ref(const tq_dequantize_bits_f32_params *params, const tq_rows_dims *dims,
                                const int32_t *input, float *output) {
  const int32_t levels = params->levels, depth = dims->depth, row_words = tq_bits_row(depth, levels);

  for (int32_t row = 0; row < dims->rows; row++, input += row_words) {
    for (int32_t c = 0; c < depth; c++) {
      *output++ = (float)tq_code_at(input, depth, levels, c) * params->scale;
    }
  }
}
