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

static inline void add_to(int32_t *sums, int16x8_t sum, int32_t factor) {
  vst1q_s32(sums, vmlaq_n_s32(vld1q_s32(sums), vpaddlq_s16(sum), factor));
}

static inline void tiles(const uint32_t *rows, const uint32_t *filters, tq_ternary_size size, int32_t x_planes,
                         int32_t w_planes, int32_t factor, int32_t apart, int32_t *sums) {
  const int32_t plane = 16 * size.steps;

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
    add_to(sums, sum0, factor);
    add_to(sums + apart, sum1, factor);
    add_to(sums + 2 * apart, sum2, factor);
    add_to(sums + 3 * apart, sum3, factor);
  }
}

#else

static inline int32_t products(uint32_t x_sign, uint32_t w_sign, uint32_t not_zero, int32_t both) {
  const int32_t negative = (int32_t)tq_ones((x_sign ^ w_sign) & not_zero);
  return both ? (int32_t)tq_ones(not_zero) - 2 * negative : negative;
}

static inline void tiles(const uint32_t *rows, const uint32_t *filters, tq_ternary_size size, int32_t x_planes,
                         int32_t w_planes, int32_t factor, int32_t apart, int32_t *sums) {
  for (int32_t i = 0; i < 4 * 4 * size.blocks; i++) {
    const int32_t row = i % 4, filter = i / 4, both = x_planes + w_planes == 4;
    int32_t sum = 0;
    for (int32_t step = 0; step < size.steps; step++) {
      const uint32_t *const x = rows + 4 * (4 * step + row), *const x_sign = x + 16 * size.steps * (x_planes - 1);
      const uint32_t *const w = filters + 4 * w_planes * (4 * (filter / 4 * size.steps + step) + filter % 4);
      for (int32_t k = 0; k < 4; k++) {
        const uint32_t not_zero = both ? x[k] & w[k] : x_planes == 2 ? x[k] : w[k];
        sum += products(x_sign[k], w[4 * (w_planes - 1) + k], not_zero, both);
      }
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
