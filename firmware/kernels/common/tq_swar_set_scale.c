#include "tq_swar.h"

void tq_swar_set_scale(const tq_scaling *scaling, int32_t channel, tq_swar_scale *scale) {
  const int32_t multiplier = scaling->multiplier[channel], shift = -scaling->shift[channel];

  scale->level = tq_swar_level(scaling, channel);
  scale->bias = scaling->bias[channel];
  scale->low = multiplier & 0xffff;
  scale->high = multiplier >> 16;
  scale->addend = (1 << (shift - 1)) + scaling->zero_point * (1 << shift);
  scale->shift = shift;
  scale->min = scaling->min;
  scale->max = scaling->max;
}
