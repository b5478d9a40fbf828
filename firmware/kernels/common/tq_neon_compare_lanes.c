#include "tq_neon_depthwise_bits.h"

/* Channels whose D is less than its limit: the highest digit that differs decides. */
static inline tq_lanes less(const tq_lanes *counts, const uint8_t *limit, int32_t digits, int32_t apart) {
  tq_lanes result = tq_no_lanes();

  for (int32_t i = 0; i < digits; i++, limit += apart) {
    const tq_lanes digit = tq_lanes_at(limit);
    result = tq_lanes_of(counts[i] ^ digit, digit, result);
  }
  return result;
}

/* The number of a code is 0, 1, 2: for -1, 0, 1, or flipped for 1, 0, -1. Nothing is less than the limits of channels
 * that do not exist. */
void tq_neon_compare_lanes(const tq_lanes_layer *layer, const tq_lanes *counts, int32_t phase, uint8_t *line) {
  const int32_t levels = layer->params->output.levels, digits = layer->digits, apart = layer->apart;
  const tq_lanes flip = tq_lanes_at(layer->flip + phase), there = tq_lanes_at(layer->there + phase);
  const uint8_t *below = layer->below + phase;
  tq_lanes number[TQ_LANES_PLANES] = {tq_no_lanes(), tq_no_lanes(), tq_no_lanes(), tq_no_lanes()};

  if (levels == 3) {
    const tq_lanes first = less(counts, below, digits, apart);
    const tq_lanes second = less(counts, below + digits * apart, digits, apart);
    tq_put_lanes(line, there & ~(first ^ second));
    tq_put_lanes(line + layer->line, there & tq_lanes_of(flip, second, ~first));
    return;
  }
  for (int32_t i = 1; i < levels; i++, below += digits * apart) {
    tq_lanes carry = less(counts, below, digits, apart);
    for (int32_t m = 0; 1 << m <= i; m++) carry = tq_carry_lanes(&number[m], carry);
  }
  for (int32_t m = 0; levels >> m > 1; m++) tq_put_lanes(line + m * layer->line, number[m] ^ (there & ~flip));
}
