#include "tq_neon_depthwise_bits.h"

/* Where the sign of a tap differs from its weight's. */
#define DIFFERING(tap) (tq_lanes_at(x + from[tap]) ^ tq_lanes_at(w + (tap) * w_step))

/* Two taps; returns their carry into the fours. */
#define TWO(first) tq_add_lanes(&ones, DIFFERING(first), DIFFERING((first) + 1))
#define FOUR(first, carry)                                   \
  do {                                                       \
    const tq_lanes low_ = TWO(first), high_ = TWO((first) + 2); \
    (carry) = tq_add_lanes(&twos, low_, high_);              \
  } while (0)

static void count(const tq_lanes_layer *layer, const uint8_t *x, const uint8_t *w, tq_lanes *counts,
                  const tq_lanes *end) {
  const int32_t w_step = layer->w_planes * layer->apart;
  const uint32_t *from = layer->from;
  tq_lanes ones = counts[0], twos = counts[1], fours = counts[2], carry;
  int32_t taps = layer->taps;

  if (taps % 2) {
    carry = tq_carry_lanes(&ones, DIFFERING(0));
    carry = tq_carry_lanes(&fours, tq_carry_lanes(&twos, carry));
    tq_ripple_lanes(counts + 3, end, carry);
    from++, w += w_step;
  }
  for (taps -= taps % 2; taps % 8; taps -= 2, from += 2, w += 2 * w_step) {
    carry = TWO(0);
    carry = tq_carry_lanes(&fours, tq_carry_lanes(&twos, carry));
    tq_ripple_lanes(counts + 3, end, carry);
  }
  for (; taps > 0; taps -= 8, from += 8, w += 8 * w_step) {
    tq_lanes second;
    FOUR(0, carry);
    FOUR(4, second);
    tq_ripple_lanes(counts + 3, end, tq_add_lanes(&fours, carry, second));
  }
  counts[0] = ones;
  counts[1] = twos;
  counts[2] = fours;
}

void tq_neon_count_signs(const tq_lanes_layer *layer, const uint8_t *x, const uint8_t *w, tq_lanes *counts) {
  const int32_t x_digit = layer->params->x_levels != 3, w_digit = layer->params->w_levels != 3;

  for (int32_t i = 0; i < layer->digits + 3; i++) counts[i] = tq_no_lanes();
  for (int32_t m = 0; m < layer->x_planes; m++) {
    for (int32_t k = 0; k < layer->w_planes; k++) {
      count(layer, x + m * layer->plane, w + k * layer->apart, counts + m * x_digit + k * w_digit,
            counts + layer->digits);
    }
  }
}
