#include "tq_neon_depthwise_bits.h"

/* Where the sign of a tap differs from its weight's. */
#define DIFFERING(tap) (tq_lanes_at(x + from[tap]) ^ tq_lanes_at(w + (tap) * w_step))

/* Two taps; returns their carry into the fours. */
#define TWO(first) tq_add_lanes(&ones, DIFFERING(first), DIFFERING((first) + 1))
#define FOUR(first, carry)                                      \
  do {                                                          \
    const tq_lanes low_ = TWO(first), high_ = TWO((first) + 2); \
    (carry) = tq_add_lanes(&twos, low_, high_);                 \
  } while (0)
#define EIGHT(carry)                         \
  do {                                       \
    tq_lanes low__, high__;                  \
    FOUR(0, low__);                          \
    FOUR(4, high__);                         \
    (carry) = tq_add_lanes(&fours, low__, high__); \
    from += 8, w += 8 * w_step;              \
  } while (0)

/* Digits of a plane by a plane: `digits` of them, from 0 on. Those taps that are no sixteen come first, when nothing
 * is carried beyond eights. */
static void count(const tq_lanes_layer *layer, const uint8_t *x, const uint8_t *w, tq_lanes *counts, int32_t digits) {
  const int32_t w_step = layer->w_planes * layer->apart, taps = layer->taps;
  const uint32_t *from = layer->from;
  tq_lanes ones = tq_no_lanes(), twos = ones, fours = ones, eights = ones, carry, second;

  for (int32_t i = 4; i < digits; i++) counts[i] = tq_no_lanes();
  if (taps & 1) ones = DIFFERING(0), from++, w += w_step;
  if (taps & 2) twos = TWO(0), from += 2, w += 2 * w_step;
  if (taps & 4) {
    FOUR(0, fours);
    from += 4, w += 4 * w_step;
  }
  if (taps & 8) EIGHT(eights);
  for (int32_t rest = taps / 16; rest > 0; rest--) {
    EIGHT(carry);
    EIGHT(second);
    tq_ripple_lanes(counts + 4, counts + digits, tq_add_lanes(&eights, carry, second));
  }
  counts[0] = ones;
  counts[1] = twos;
  counts[2] = fours;
  counts[3] = eights;
}

void tq_neon_count_signs(const tq_lanes_layer *layer, const uint8_t *x, const uint8_t *w, tq_lanes *counts) {
  const int32_t x_digit = layer->params->x_levels != 3, w_digit = layer->params->w_levels != 3;
  const int32_t at = (int32_t)(x - layer->copy), same = at >= layer->same && at <= layer->same_end;
  const int32_t planes = same ? 1 : layer->x_planes, digits = layer->digits;
  tq_lanes part[TQ_SLICED_DIGITS];

  counts[0] = tq_no_lanes();
  count(layer, x, w, counts + same, digits - same > 4 ? digits - same : 4);
  for (int32_t i = 1; i < planes * layer->w_planes; i++) {
    const int32_t m = i % planes, k = i / planes;
    tq_lanes carry = tq_no_lanes();
    count(layer, x + m * layer->plane, w + k * layer->apart, part, digits);
    for (int32_t from = m * x_digit + k * w_digit + same, digit = from; digit < digits; digit++) {
      carry = tq_add_lanes(&counts[digit], part[digit - from], carry);
    }
  }
}
