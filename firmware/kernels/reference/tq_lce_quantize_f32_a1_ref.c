#include "tinyq/tq_kernels_lce.h"

void tq_lce_quantize_f32_a1_ref(const tq_lce_quantize_params *params, const tq_rows_dims *dims,
                                const float *input, int32_t *output) {
  for (int32_t row = 0; row < dims->rows; row++) {
    for (int32_t first = 0; first < dims->depth; first += 32) {
      const int32_t left = dims->depth - first, count = left < 32 ? left : 32;
      uint32_t word = 0;
      for (int32_t i = 0; i < count; i++) {
        const uint32_t bit = *input++ < (float)params->zero_point;
        word |= bit << i;
      }
      *output++ = (int32_t)word;
    }
  }
}
