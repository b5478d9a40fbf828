#include <string.h>

#include "tinyq/tq_kernels_a16.h"

void tq_concatenation_a16_ref(const tq_concatenation_params *params, const tq_rows_dims *dims,
                             const int16_t *const *inputs, int16_t *output) {
  for (int32_t row = 0; row < dims->rows; row++) {
    for (int32_t i = 0; i < params->count; i++) {
      const int32_t size = params->sizes[i];
      memcpy(output, inputs[i] + row * size, (size_t)size * sizeof *output);
      output += size;
    }
  }
}
