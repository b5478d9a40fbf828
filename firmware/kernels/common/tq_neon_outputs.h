/* tq_outputs, 8 channels at a time where there is NEON. */
#ifndef TQ_NEON_OUTPUTS_H
#define TQ_NEON_OUTPUTS_H

#include "tq_outputs.h"

/* Channels [channel, channel + count): (sums [count] << shift) * level + bias, scaled -> output [count]. */
void tq_neon_outputs(const tq_scaling *scaling, int32_t channel, int32_t count, int32_t shift,
                     const int32_t *sums, int8_t *output);

#endif
