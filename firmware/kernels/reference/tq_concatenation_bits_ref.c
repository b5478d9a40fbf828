#include "../common/tq_bits.h"
#include "tinyq/tq_kernels_bits.h"

void tq_concatenation_bits_ref(const tq_concatenation_bits_params *params, const tq_rows_dims *dims,
                               const int32_t *const *inputs, int32_t *output) {
  const int32_t levels = params->levels, depth = dims->depth;

  for (int32_t row = 0; row < dims->rows; row++, output += tq_bits_row(depth, levels)) {
    int32_t channel = 0; /* of the output */
    for (int32_t i = 0; i < params->count; i++) {
      const int32_t channels = params->channels[i];
      const int32_t *const source = inputs[i] + row * tq_bits_row(channels, levels);
      for (int32_t c = 0; c < channels; c++) {
        tq_put_code(output, depth, levels, channel++, tq_code_at(source, channels, levels, c));
      }
    }
  }
}
