#include "tq_outputs.h"

#include "tq_requantize.h"

void tq_outputs(const tq_scaling *scaling, int32_t channel, int32_t count, const int32_t *sums,
                int8_t *output) {
  const tq_scaling s = *scaling; /* a copy, because writing int8_t output could change *scaling */

  for (const int32_t end = channel + count; channel < end; channel++) {
    int32_t accumulator = *sums++;
    if (s.levels) accumulator *= s.levels[channel];
    if (s.bias) accumulator += s.bias[channel];
    accumulator = tq_scale(accumulator, s.multiplier[channel], s.shift[channel]);
    *output++ = tq_to_int8(accumulator, s.zero_point, s.min, s.max);
  }
}
