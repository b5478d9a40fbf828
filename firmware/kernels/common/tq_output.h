/* From the sum of an output channel to its int8 output. */
#ifndef TQ_OUTPUT_H
#define TQ_OUTPUT_H

#include "tinyq/tq_types.h"
#include "tq_requantize.h"

/* What one output channel needs, gathered once. */
typedef struct {
  int32_t level, bias, multiplier, shift;
} tq_channel;

static inline tq_channel tq_channel_at(const int32_t *multiplier, const int8_t *shift, const int8_t *levels,
                                       const int32_t *bias, int32_t index) {
  const tq_channel channel = {levels ? levels[index] : 1, bias ? bias[index] : 0, multiplier[index],
                              shift[index]};
  return channel;
}

/* sum: of (input - zero point) * weight or code. */
static inline int8_t tq_output(const tq_channel *channel, int32_t sum, int32_t zero_point, int32_t min,
                               int32_t max) {
  const int32_t accumulator = channel->level * sum + channel->bias;
  return tq_clamp_int8(tq_scale(accumulator, channel->multiplier, channel->shift) + zero_point, min, max);
}

#endif
