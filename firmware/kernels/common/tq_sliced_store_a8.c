#include "tq_dsp.h"
#include "tq_requantize.h"
#include "tq_sliced.h"

#define QUICK_LIMIT (1 << 30)
#define QUICK_SHIFT 22

/* How a channel's D becomes int8: (round(base - D * step, times multiplier / 2^32) + addend) >> shift, which is
 * the output less low: activation_min, or 0 where all int8 values are allowed. base and step are doubled: so SMMULR rounds as the reference does. D * step
 * may exceed 31 bits, the difference does not. */
typedef struct {
  uint32_t base, step;
  int32_t multiplier, addend, shift, low, room;
} quick_scale;

/* What all channels share: what their biases must stay below, and base, step, low and room. */
static int32_t begin_scale(const tq_sliced *layer, const tq_bits_output *how, quick_scale *s) {
  const int64_t most = (int64_t)(layer->largest / layer->divisor) * (1 << how->bias_shift);

  s->base = (uint32_t)(2 * most);
  s->step = (uint32_t)(4 / layer->divisor) << how->bias_shift;
  s->room = how->activation_max - how->activation_min;
  s->low = s->room == UINT8_MAX ? 0 : how->activation_min;
  return layer->block.count < TQ_SLICED_LANES || most >= QUICK_LIMIT ? 0 : (int32_t)(QUICK_LIMIT - most);
}

static inline int8_t quick(const quick_scale *s, int full, uint32_t differing) {
  const int32_t sum = (int32_t)(s->base - differing * s->step);
  const int32_t high = tq_add_rounded_high(s->addend, sum, s->multiplier); /* the sign: see tq_dsp_scaled */
  const int32_t output = (high + (sum >> 31)) >> s->shift, byte = (int32_t)tq_to_uint8(output);

  return (int8_t)(full ? tq_to_int8_range(output) : (byte > s->room ? s->room : byte) + s->low);
}

/* All positions of a block; full, a constant: all int8 values are allowed. */
static inline void store_quickly(const quick_scale *scale, int full, const uint32_t *sums, int32_t channels,
                                 int8_t *output) {
  const quick_scale s = *scale;
  int8_t *upper = output + 8 * channels;

  for (const uint32_t *const end = sums + TQ_SLICED_SUMS; sums < end; sums += 2) {
    const uint32_t even = tq_sliced_lanes(sums, 0), odd = sums[1];
    output[0] = quick(&s, full, even & 0xffffu);
    upper[0] = quick(&s, full, even >> 16);
    output[channels] = quick(&s, full, odd & 0xffffu);
    upper[channels] = quick(&s, full, odd >> 16);
    output += 2 * channels;
    upper += 2 * channels;
  }
}

static void store_each(const tq_sliced *layer, const tq_bits_output *how, int32_t o, const uint32_t *sums,
                       int8_t *output) {
  const int32_t *const bias = layer->bias, channels = layer->dims->output.c;
  const int32_t multiplier = how->multiplier[o], shift = how->shift[o], add = bias ? bias[o] : 0;

  for (int32_t p = 0; p < layer->block.count; p++, output += channels) {
    const int32_t differing = (int32_t)(tq_sliced_lanes(sums, p % 8) >> 2 * (p & 8) & 0xffffu);
    const int32_t sum = (layer->largest - 2 * differing) / layer->divisor;
    const int32_t scaled = tq_scale(sum * (1 << how->bias_shift) + add, multiplier, shift);
    *output = tq_to_int8(scaled, how->zero_point, how->activation_min, how->activation_max);
  }
}

void tq_sliced_store_a8(const tq_sliced *layer, int32_t first, int32_t end, const uint32_t *sums) {
  const tq_bits_output how = *(const tq_bits_output *)layer->params; /* a copy: output could be its own memory */
  const int32_t *const bias = layer->bias, channels = layer->dims->output.c;
  int8_t *output = (int8_t *)layer->output + layer->block.first * channels + first;
  quick_scale shared;
  const int32_t below = begin_scale(layer, &how, &shared);

  for (; first < end; first++, sums += TQ_SLICED_SUMS, output++) {
    const int32_t add = bias ? bias[first] : 0, right = -how.shift[first];
    quick_scale scale = shared;
    /* Sums doubled, and addend and what it is added to, are below 2^31. */
    if (add <= -below || add >= below || right < 1 || right > QUICK_SHIFT) {
      store_each(layer, &how, first, sums, output);
      continue;
    }
    scale.base += 2 * (uint32_t)add;
    scale.multiplier = how.multiplier[first];
    scale.shift = right;
    scale.addend = (1 << (right - 1)) + (how.zero_point - scale.low) * (1 << right);
    if (scale.room == UINT8_MAX) {
      store_quickly(&scale, 1, sums, channels, output);
    } else {
      store_quickly(&scale, 0, sums, channels, output);
    }
  }
}
