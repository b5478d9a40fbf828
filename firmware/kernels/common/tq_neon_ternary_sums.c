#include "tq_bits_words.h"
#include "tq_neon_bits.h"

#if TQ_NEON

/* In bytes, of -8..8: the sum of products of 8 places, or, of signs, the places of products of -1. */
static inline int8x16_t products(const uint32_t *x, int32_t plane, const uint32_t *w, int32_t x_planes,
                                 int32_t w_planes) {
  const uint32x4_t x_sign = vld1q_u32(x + (x_planes - 1) * plane), w_sign = vld1q_u32(w + 4 * (w_planes - 1));
  const uint32x4_t unequal = veorq_u32(x_sign, w_sign);

  if (x_planes == 1 || w_planes == 1) {
    const uint32x4_t not_zero = x_planes == 2 ? vld1q_u32(x) : vld1q_u32(w);
    return vreinterpretq_s8_u8(vcntq_u8(vreinterpretq_u8_u32(vandq_u32(unequal, not_zero))));
  }
  const uint32x4_t not_zero = vandq_u32(vld1q_u32(x), vld1q_u32(w));
  const uint8x16_t ones = vcntq_u8(vreinterpretq_u8_u32(not_zero));
  const uint8x16_t negative = vcntq_u8(vreinterpretq_u8_u32(vandq_u32(unequal, not_zero)));
  return vreinterpretq_s8_u8(vmlsq_u8(ones, negative, vdupq_n_u8(2)));
}

/* A step of one row and 4 filters: two lanes a filter; a byte sums up 32 at most. */
static inline int16x8_t add_step(int16x8_t sum, const uint32_t *x, int32_t plane, const uint32_t *w,
                                 int32_t x_planes, int32_t w_planes) {
  const int32_t next = 4 * w_planes;
  const int8x16_t pair01 = vpaddq_s8(products(x, plane, w, x_planes, w_planes),
                                     products(x, plane, w + next, x_planes, w_planes));
  const int8x16_t pair23 = vpaddq_s8(products(x, plane, w + 2 * next, x_planes, w_planes),
                                     products(x, plane, w + 3 * next, x_planes, w_planes));
  return vpadalq_s8(sum, vpaddq_s8(pair01, pair23));
}

/* The rest: a vector holds words of two filters, or of all four. */
static inline int16x8_t add_rest(int16x8_t sum, const uint32_t *x, int32_t plane, const uint32_t *w, int32_t x_planes,
                                 int32_t w_planes, int32_t rest) {
  const int8x16_t first = products(x, plane, w, x_planes, w_planes);

  if (rest == 1) return vpadalq_s8(sum, first);
  return vpadalq_s8(sum, vpaddq_s8(first, products(x, plane, w + 4 * w_planes, x_planes, w_planes)));
}

static inline void add_to(int32_t *sums, int16x8_t sum, int32_t factor) {
  vst1q_s32(sums, vmlaq_n_s32(vld1q_s32(sums), vpaddlq_s16(sum), factor));
}

static inline void tiles(const uint32_t *rows, const uint32_t *filters, tq_ternary_size size, int32_t x_planes,
                         int32_t w_planes, int32_t factor, int32_t apart, int32_t *sums) {
  const int32_t plane = tq_ternary_row_words(size);

  for (int32_t block = 0; block < size.blocks; block++, sums += 4) {
    const uint32_t *x = rows;
    int16x8_t sum0 = vdupq_n_s16(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (int32_t step = 0; step < size.steps; step++) {
      sum0 = add_step(sum0, x, plane, filters, x_planes, w_planes);
      sum1 = add_step(sum1, x + 4, plane, filters, x_planes, w_planes);
      sum2 = add_step(sum2, x + 8, plane, filters, x_planes, w_planes);
      sum3 = add_step(sum3, x + 12, plane, filters, x_planes, w_planes);
      x += 16;
      filters += 16 * w_planes;
    }
    if (size.rest > 0) {
      sum0 = add_rest(sum0, x, plane, filters, x_planes, w_planes, size.rest);
      sum1 = add_rest(sum1, x + 4, plane, filters, x_planes, w_planes, size.rest);
      sum2 = add_rest(sum2, x + 8, plane, filters, x_planes, w_planes, size.rest);
      sum3 = add_rest(sum3, x + 12, plane, filters, x_planes, w_planes, size.rest);
      filters += 4 * size.rest * w_planes;
    }
    add_to(sums, sum0, factor);
    add_to(sums + apart, sum1, factor);
    add_to(sums + 2 * apart, sum2, factor);
    add_to(sums + 3 * apart, sum3, factor);
  }
}

#else

/* Of a word: planes of x are `plane` words apart. */
static inline int32_t products(const uint32_t *x, int32_t plane, const uint32_t *w, int32_t x_planes,
                               int32_t w_planes) {
  const uint32_t unequal = x[plane * (x_planes - 1)] ^ w[4 * (w_planes - 1)];

  if (x_planes + w_planes < 4) return (int32_t)tq_ones(unequal & (x_planes == 2 ? *x : *w));
  return (int32_t)tq_ones(*x & *w) - 2 * (int32_t)tq_ones(unequal & *x & *w);
}

static inline void tiles(const uint32_t *rows, const uint32_t *filters, tq_ternary_size size, int32_t x_planes,
                         int32_t w_planes, int32_t factor, int32_t apart, int32_t *sums) {
  const int32_t plane = tq_ternary_row_words(size), next = 4 * w_planes;

  for (int32_t i = 0; i < 4 * 4 * size.blocks; i++) {
    const int32_t row = i % 4, filter = i / 4;
    const uint32_t *const block = filters + filter / 4 * tq_ternary_block_words(size), *x = rows + 4 * row;
    int32_t sum = 0;
    for (int32_t step = 0; step < size.steps; step++, x += 16) {
      const uint32_t *const w = block + next * (4 * step + filter % 4);
      for (int32_t k = 0; k < 4; k++) sum += products(x + k, plane, w + k, x_planes, w_planes);
    }
    for (int32_t k = filter % 4 * size.rest; k < (filter % 4 + 1) * size.rest; k++) {
      sum += products(x + k % 4, plane, block + next * (4 * size.steps + k / 4) + k % 4, x_planes, w_planes);
    }
    sums[row * apart + filter] += factor * sum;
  }
}

#endif

void tq_neon_ternary_sums(const uint32_t *rows, const uint32_t *filters, tq_ternary_size size, int32_t shift,
                          int32_t apart, int32_t *sums) {
  const int32_t factor = 1 << shift;

  if (size.x_planes == 1) {
    tiles(rows, filters, size, 1, 2, -2 * factor, apart, sums);
  } else if (size.w_planes == 1) {
    tiles(rows, filters, size, 2, 1, -2 * factor, apart, sums);
  } else {
    tiles(rows, filters, size, 2, 2, factor, apart, sums);
  }
}
