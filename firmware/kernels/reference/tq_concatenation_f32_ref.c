#include <string.h>

#include "tinyq/tq_kernels_f32.h"

void tq_concatenation_f32_ref(const tq_concatenation_params *params, const tq_rows_dims *dims,
                              const float *const *inputs, float *output) {
  for (int32_t row = 0; row < dims->rows; row++) {
    for (int32_t i = 0; i < params->count; i++) {
      const int32_t size = params->sizes[i];
      memcpy(output, inputs[i] + row * size, (size_t)size * sizeof(float));
      output += size;
    }
  }
}
