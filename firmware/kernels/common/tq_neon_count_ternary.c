#include "tq_neon_depthwise_bits.h"

/* 2 - x * w of a tap: bits of ones and of twos. */
typedef struct {
  tq_lanes one, two;
} product;

static inline product product_of(const uint8_t *x, const uint8_t *w, int32_t x_plane, int32_t w_plane) {
  const tq_lanes there = tq_lanes_at(x) & tq_lanes_at(w);
  return (product){there, (tq_lanes_at(x + x_plane) ^ tq_lanes_at(w + w_plane)) | ~there};
}

void tq_neon_count_ternary(const tq_lanes_layer *layer, const uint8_t *x, const uint8_t *w, tq_lanes *counts) {
  const int32_t x_plane = layer->plane, w_plane = layer->apart, w_step = 2 * layer->apart;
  const uint32_t *from = layer->from;
  tq_lanes ones = tq_no_lanes(), twos = ones, fours = ones, eights = ones;
  int32_t taps = layer->taps;

#define PRODUCT(tap) product_of(x + from[tap], w + (tap) * w_step, x_plane, w_plane)
  for (int32_t i = 4; i < layer->digits; i++) counts[i] = tq_no_lanes();
  if (taps & 1) {
    const product a = PRODUCT(0);
    ones = a.one, twos = a.two;
    from++, w += w_step;
  }
  if (taps & 2) {
    const product a = PRODUCT(0), b = PRODUCT(1);
    const tq_lanes two = tq_add_lanes(&ones, a.one, b.one);
    fours = tq_add_lanes(&twos, a.two, b.two);
    eights = tq_carry_lanes(&fours, tq_carry_lanes(&twos, two));
    from += 2, w += 2 * w_step;
  }
  for (taps /= 4; taps > 0; taps--, from += 4, w += 4 * w_step) {
    const product a = PRODUCT(0), b = PRODUCT(1), c = PRODUCT(2), d = PRODUCT(3);
    const tq_lanes two0 = tq_add_lanes(&ones, a.one, b.one), two1 = tq_add_lanes(&ones, c.one, d.one);
    const tq_lanes four0 = tq_add_lanes(&twos, a.two, b.two), four1 = tq_add_lanes(&twos, c.two, d.two);
    const tq_lanes four2 = tq_add_lanes(&twos, two0, two1);
    const tq_lanes eight0 = tq_add_lanes(&fours, four0, four1), eight1 = tq_carry_lanes(&fours, four2);
    tq_ripple_lanes(counts + 4, counts + layer->digits, tq_add_lanes(&eights, eight0, eight1));
  }
#undef PRODUCT
  counts[0] = ones;
  counts[1] = twos;
  counts[2] = fours;
  counts[3] = eights;
}
