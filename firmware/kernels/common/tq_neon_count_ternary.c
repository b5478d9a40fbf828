#include "tq_neon_depthwise_bits.h"

/* 2 - x * w of a tap: bits of ones and of twos. */
typedef struct {
  tq_lanes one, two;
} product;

static inline product product_of(const uint8_t *x, const uint8_t *w, int32_t x_plane, int32_t w_plane) {
  const tq_lanes there = tq_lanes_at(x) & tq_lanes_at(w);
  return (product){there, (tq_lanes_at(x + x_plane) ^ tq_lanes_at(w + w_plane)) | ~there};
}

/* Two taps: their carries into the twos and fours. */
#define TWO(to_two, to_four)                                                  \
  do {                                                                        \
    const product a_ = product_of(x + from[0], w, x_plane, w_plane);          \
    const product b_ = product_of(x + from[1], w + w_step, x_plane, w_plane); \
    (to_two) = tq_add_lanes(&ones, a_.one, b_.one);                           \
    (to_four) = tq_add_lanes(&twos, a_.two, b_.two);                          \
    from += 2, w += 2 * w_step;                                               \
  } while (0)

/* Four taps: `a` and `b` are carries into the eights. */
#define FOUR(a, b)                                                   \
  do {                                                               \
    tq_lanes two0_, two1_, four0_, four1_;                           \
    TWO(two0_, four0_);                                              \
    TWO(two1_, four1_);                                              \
    (a) = tq_add_lanes(&fours, four0_, four1_);                      \
    (b) = tq_carry_lanes(&fours, tq_add_lanes(&twos, two0_, two1_)); \
  } while (0)

/* Those taps that are no eight come first, when nothing is carried beyond eights. */
void tq_neon_count_ternary(const tq_lanes_layer *layer, const uint8_t *x, const uint8_t *w, tq_lanes *counts) {
  const int32_t x_plane = layer->plane, w_plane = layer->apart, w_step = 2 * layer->apart, taps = layer->taps;
  const uint32_t *from = layer->from;
  tq_lanes ones = tq_no_lanes(), twos = ones, fours = ones, eights = ones, sixteens = ones, a, b, c, d;

  for (int32_t i = 5; i < layer->digits; i++) counts[i] = tq_no_lanes();
  if (taps & 1) {
    const product one = product_of(x + from[0], w, x_plane, w_plane);
    ones = one.one, twos = one.two;
    from++, w += w_step;
  }
  if (taps & 2) {
    TWO(a, b);
    a = tq_carry_lanes(&twos, a);
    eights = tq_carry_lanes(&fours, a) | tq_carry_lanes(&fours, b);
  }
  if (taps & 4) {
    FOUR(a, b);
    sixteens = tq_add_lanes(&eights, a, b);
  }
  for (int32_t rest = taps / 8; rest > 0; rest--) {
    FOUR(a, b);
    FOUR(c, d);
    a = tq_add_lanes(&eights, a, b);
    c = tq_add_lanes(&eights, c, d);
    tq_ripple_lanes(counts + 5, counts + layer->digits, tq_add_lanes(&sixteens, a, c));
  }
  counts[0] = ones;
  counts[1] = twos;
  counts[2] = fours;
  counts[3] = eights;
  counts[4] = sixteens;
}
