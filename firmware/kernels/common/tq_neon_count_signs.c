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

/* Adds a plane by a plane to digits, which `end` is behind; fresh: to those that are 0. Those taps that are no eight
 * come first, when nothing is carried beyond fours; eights are added in pairs. */
static void count(const tq_lanes_layer *layer, const uint8_t *x, const uint8_t *w, int32_t fresh, tq_lanes *counts,
                  const tq_lanes *end) {
  const int32_t w_step = layer->w_planes * layer->apart, taps = layer->taps;
  const uint32_t *from = layer->from;
  tq_lanes ones = tq_no_lanes(), twos = ones, fours = ones, eights = ones, first = ones, a, b;

  if (taps & 1) ones = DIFFERING(0), from++, w += w_step;
  if (taps & 2) twos = TWO(0), from += 2, w += 2 * w_step;
  if (taps & 4) {
    FOUR(0, fours);
    from += 4, w += 4 * w_step;
  }
  if (!fresh) {
    a = tq_add_lanes(&twos, counts[1], tq_carry_lanes(&ones, counts[0]));
    eights = counts[3];
    tq_ripple_lanes(counts + 4, end, tq_carry_lanes(&eights, tq_add_lanes(&fours, counts[2], a)));
  }
  for (int32_t rest = taps / 8; rest > 0; rest--, from += 8, w += 8 * w_step) {
    FOUR(0, a);
    FOUR(4, b);
    a = tq_add_lanes(&fours, a, b);
    if (rest % 2) {
      tq_ripple_lanes(counts + 4, end, tq_add_lanes(&eights, first, a));
    } else {
      first = a;
    }
  }
  counts[0] = ones;
  counts[1] = twos;
  counts[2] = fours;
  counts[3] = eights;
}

void tq_neon_count_signs(const tq_lanes_layer *layer, const uint8_t *x, const uint8_t *w, tq_lanes *counts) {
  const int32_t x_digit = layer->params->x_levels != 3, w_digit = layer->params->w_levels != 3;
  const int32_t at = (int32_t)(x - layer->copy), same = at >= layer->same && at <= layer->same_end;
  const int32_t planes = same ? 1 : layer->x_planes, several = planes * layer->w_planes > 1;

  counts[0] = tq_no_lanes();
  for (int32_t i = 4; i < layer->digits + (several ? 3 : 0); i++) counts[i] = tq_no_lanes();
  for (int32_t m = 0; m < planes; m++) {
    for (int32_t k = 0; k < layer->w_planes; k++) {
      count(layer, x + m * layer->plane, w + k * layer->apart, m + k == 0,
            counts + m * x_digit + k * w_digit + same, counts + layer->digits);
    }
  }
}
