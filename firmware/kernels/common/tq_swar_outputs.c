#include "tq_swar.h"

void tq_swar_outputs(const tq_scaling *scaling, int32_t channel, const int32_t *sums, int32_t count, int8_t *output,
                     int32_t step) {
  for (; count > 0; count--, output += step) {
    const uint32_t scaled = (uint32_t)*sums++ * (uint32_t)tq_swar_level(scaling, channel);
    const int32_t whole = (int32_t)(scaled + (uint32_t)scaling->bias[channel]);
    *output = tq_to_int8(tq_scale(whole, scaling->multiplier[channel], scaling->shift[channel]), scaling->zero_point,
                         scaling->min, scaling->max);
  }
}
