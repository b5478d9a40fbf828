#include "../common/tq_requantize_a16.h"
#include "tinyq/tq_kernels_a16.h"

void tq_requantize_a16_ref(const tq_requantize_params *params, const tq_count_dims *dims,
                          const int16_t *input, int16_t *output) {
  const tq_requantize_params p = *params; /* a copy, because writing int16_t output could change *params */
  const int32_t count = dims->count;

  for (int32_t i = 0; i < count; i++) {
    const int32_t scaled = tq_scale(input[i] - p.input_zero_point, p.multiplier, p.shift);
    output[i] = tq_to_int16(scaled, p.output_zero_point, p.activation_min, p.activation_max);
  }
}
