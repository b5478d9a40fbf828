#include "tq_requantize.h"
#include "tq_sliced.h"

void tq_sliced_store_a8(const tq_sliced *layer, int32_t first, int32_t end, const uint32_t *sums) {
  const tq_bits_output how = *(const tq_bits_output *)layer->params; /* a copy: output could be its own memory */
  const int32_t *const bias = layer->bias, channels = layer->dims->output.c;
  const int32_t largest = layer->largest, divisor = layer->divisor;
  const int32_t low = how.activation_min - how.zero_point, high = how.activation_max - how.zero_point;

  for (int32_t o = first; o < end; o++, sums += TQ_SLICED_SUMS) {
    const int32_t multiplier = how.multiplier[o], shift = how.shift[o], add = bias ? bias[o] : 0;
    int8_t *output = (int8_t *)layer->output + layer->block.first * channels + o;
    for (int32_t p = 0; p < layer->block.count; p++, output += channels) {
      const int32_t differing = (int32_t)(tq_sliced_lanes(sums, p % 8) >> 2 * (p & 8) & 0xffffu);
      int32_t sum = largest - 2 * differing;
      if (divisor > 1) sum /= divisor;
      const int32_t accumulator = sum * (1 << how.bias_shift) + add;
      *output = (int8_t)(tq_clamp(tq_scale(accumulator, multiplier, shift), low, high) + how.zero_point);
    }
  }
}
