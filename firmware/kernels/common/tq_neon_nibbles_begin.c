#include "tq_neon_nibbles.h"

#define EACH 0x0101010101010101u

/* Code of a digit by its planes' bits, the first plane's lowest. */
static int32_t code_of(int32_t levels, int32_t bits) {
  const int32_t first = bits & 1, second = bits >> 1;

  if (levels == 2) return 1 - 2 * first;
  if (levels == 3) return first * (1 - 2 * second);
  return 3 - 2 * first - 4 * second;
}

/* Of eight nibbles from 8 * half on, a byte each: bit `bit`, or what it is not. */
static uint64_t nibbles_with(int32_t half, int32_t bit, int32_t set) {
  static const uint64_t ones[4] = {0x0100010001000100u, 0x0101000001010000u, 0x0101010100000000u, 0};
  const uint64_t with = bit == 3 ? (half ? EACH : 0) : ones[bit];
  return set ? with : EACH ^ with;
}

/* What a weight of `bits` adds to D at a digit, by sixteen nibbles. */
static void lay_digit(const tq_nibbles *l, int32_t digit, int32_t bits, uint64_t sums[2]) {
  const tq_conv_bits_params *const p = l->params;
  const int32_t peak = tq_nibbles_peak(p->x_levels) * tq_nibbles_peak(p->w_levels), w = code_of(p->w_levels, bits);

  sums[0] = sums[1] = 0;
  for (int32_t x = 0; x < 2 * l->x_planes; x++) {
    const uint64_t add = (uint64_t)(peak - w * code_of(p->x_levels, x)) >> (l->divisor - 1);
    for (int32_t half = 0; half < 2; half++) {
      const uint64_t first = nibbles_with(half, digit, x & 1);
      sums[half] += add * (l->x_planes == 1 ? first : first & nibbles_with(half, 2 + digit, x >> 1));
    }
  }
}

/* What weights add to D by a nibble: of its first `count` digits. */
static void lay_products(const tq_nibbles *l, int32_t count, uint8_t *products) {
  const int32_t kinds = 2 * l->w_planes;
  uint64_t digits[4][4][2];

  for (int32_t i = 0; i < count * kinds; i++) lay_digit(l, i / kinds, i % kinds, digits[i / kinds][i % kinds]);
  for (int32_t w = 0; w < 1 << l->digits * l->w_planes; w++, products += 16) {
    uint64_t sums[2] = {0, 0}; /* no byte's exceeds it */
    for (int32_t digit = 0; digit < count; digit++) {
      const uint64_t *const add = digits[digit][(w >> digit & 1) | (w >> (l->digits + digit) & 1) << 1];
      sums[0] += add[0];
      sums[1] += add[1];
    }
    memcpy(products, sums, sizeof sums);
  }
}

static void lay_places(const tq_nibbles *l) {
  const tq_dims filter = l->dims->filter;
  const int32_t right = l->down ? 1 : l->neighbours, below = l->down ? l->neighbours : 1;
  uint32_t *from = l->from;

  for (int32_t fy = 0; fy < filter.h; fy += below) {
    for (int32_t fx = 0; fx < filter.w; fx += right) {
      const int32_t y = fy * l->params->dilation_h, x = fx * l->params->dilation_w;
      const int32_t phase = y % l->step_h * l->step_w + x % l->step_w;
      const int32_t at = (phase * l->rows + y / l->step_h) * l->part + x / l->step_w;
      for (int32_t g = 0; g < l->groups; g++) *from++ = (uint32_t)(g * l->plane + at);
    }
  }
}

static void lay_limits(const tq_nibbles *l) {
  const tq_bits_output *const how = &l->params->output;
  const int32_t n = l->dims->filter.n, count = how->levels - 1, apart = tq_nibbles_up(n, 8);

  memset(l->limits, 0, (size_t)(count * apart) * sizeof *l->limits);
  memset(l->flip, 0, (size_t)apart / 8);
  for (int32_t o = 0; o < n; o++) {
    for (int32_t i = 0; i < count; i++) {
      const int64_t above = (int64_t)l->largest - how->thresholds[o * count + i];
      const int64_t limit = (above + l->divisor - 1) / l->divisor;
      l->limits[i * apart + o] = (uint16_t)(above < 0 ? 0 : limit > l->most ? l->most + 1 : limit);
    }
    if (how->flip && how->flip[o]) l->flip[o / 8] = (uint8_t)(l->flip[o / 8] | 1 << o % 8);
  }
}

void tq_neon_nibbles_begin(tq_nibbles *l) {
  const tq_dims filter = l->dims->filter;
  const int32_t taps = l->down ? filter.h : filter.w;
  const int32_t left = l->neighbours > 1 ? (taps - 1) % l->neighbours + 1 : 1;
  const int32_t rest = l->groups > 1 ? filter.c - (l->groups - 1) * l->channels : left * l->channels;
  int32_t outside[2]; /* a packed row of the first channels */

  for (int32_t i = 0; i < l->channels; i++) {
    tq_put_code(outside, l->channels, l->params->x_levels, i, l->params->pad_code);
  }
  l->pad = (uint8_t)(outside[0] | (l->x_planes == 2 ? outside[1] << 2 : 0));
  lay_places(l);
  lay_products(l, l->channels * l->neighbours, l->products);
  l->last = rest < l->channels * l->neighbours ? 16 * TQ_NIBBLES_PRODUCTS : 0;
  if (l->last > 0) lay_products(l, rest, l->products + l->last);
  if (l->packed) lay_limits(l);
  for (int32_t o = 0; l->held > 4 && o < filter.n; o += 4) {
    tq_neon_nibbles_tables(l, o, l->tables + 16 * o * l->lookups);
  }
}
