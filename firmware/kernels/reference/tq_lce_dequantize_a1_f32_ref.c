#include "tinyq/tq_kernels_lce.h"

void tq_lce_dequantize_a1_f32_ref(const tq_lce_dequantize_params *params, const tq_rows_dims *dims,
                                  const int32_t *input, float *output) {
  const int32_t words = (dims->depth + 31) / 32;

  for (int32_t row = 0; row < dims->rows; row++, input += words) {
    for (int32_t c = 0; c < dims->depth; c++) {
      const uint32_t bit = (uint32_t)input[c / 32] >> c % 32 & 1u;
      *output++ = (float)(bit ? params->one_bit : params->zero_bit);
    }
  }
}
