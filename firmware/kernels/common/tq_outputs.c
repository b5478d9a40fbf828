#include "tq_outputs.h"

#include "tq_requantize.h"

void tq_outputs(const tq_scaling *scaling, int32_t channel, int32_t count, const int32_t *sums,
                int8_t *output) {
  const int8_t *const levels = scaling->levels;
  const int32_t *const bias = scaling->bias;

  for (const int32_t end = channel + count; channel < end; channel++) {
    int32_t accumulator = *sums++;
    if (levels) accumulator *= levels[channel];
    if (bias) accumulator += bias[channel];
    accumulator = tq_scale(accumulator, scaling->multiplier[channel], scaling->shift[channel]);
    *output++ = tq_to_int8(accumulator, scaling->zero_point, scaling->min, scaling->max);
  }
}
