#include "tq_bits_words.h"
#include "tq_neon_bits.h"

/* How sums are put: added to, or, as two ternary rows have one pass, set, in int32 or in int16. */
enum { ADDED, SET, NARROW };

#if TQ_NEON

/* What is not 0, and what is -1; of signs only the latter. */
typedef struct {
  uint32x4_t some, minus;
} planes;

TQ_INLINE planes planes_at(const uint32_t *some, const uint32_t *minus) {
  return (planes){vld1q_u32(some), vld1q_u32(minus)};
}

/* Places of products, and those of -1: bytes count them. */
typedef struct {
  uint8x16_t some, minus;
} counts;

/* Of signs only places of -1 are counted. */
TQ_INLINE counts count(planes x, planes w, int32_t x_planes, int32_t w_planes) {
  const uint32x4_t one = x_planes == 2 ? x.some : w.some, some = x_planes == w_planes ? vandq_u32(one, w.some) : one;
  const uint32x4_t minus = vandq_u32(veorq_u32(x.minus, w.minus), some);
  return (counts){vcntq_u8(vreinterpretq_u8_u32(some)), vcntq_u8(vreinterpretq_u8_u32(minus))};
}

TQ_INLINE counts join(counts a, counts b) {
  return (counts){vpaddq_u8(a.some, b.some), vpaddq_u8(a.minus, b.minus)};
}

/* `vectors` of words of 4 filters, by a row: two lanes a filter; a byte sums up 32 at most. Of a step a vector is of one
 * filter; of a rest it is of two, or of all. */
TQ_INLINE int16x8_t add(int16x8_t sum, planes x, const planes w[4], int32_t vectors, int32_t x_planes,
                        int32_t w_planes) {
  counts all = count(x, w[0], x_planes, w_planes);

  if (vectors > 1) all = join(all, count(x, w[1], x_planes, w_planes));
  if (vectors > 2) {
    all = join(all, join(count(x, w[2], x_planes, w_planes), count(x, w[3], x_planes, w_planes)));
  }
  if (x_planes != w_planes) return vreinterpretq_s16_u16(vpadalq_u8(vreinterpretq_u16_s16(sum), all.minus));
  return vpadalq_s8(sum, vreinterpretq_s8_u8(vmlsq_u8(all.some, all.minus, vdupq_n_u8(2))));
}

/* The same of 4 rows. */
TQ_INLINE void add_rows(const uint32_t *x, const uint32_t *filters, int32_t vectors, int32_t x_planes,
                        int32_t w_planes, int16x8_t sum[4]) {
  const int32_t x_minus = 16 * (x_planes - 1), w_minus = 4 * (w_planes - 1);
  planes w[4];

#pragma GCC unroll 4
  for (int32_t i = 0; i < vectors; i++, filters += 4 * w_planes) w[i] = planes_at(filters, filters + w_minus);
#pragma GCC unroll 2
  for (int32_t row = 0; row < 4; row += 2, x += 8) {
    const planes first = planes_at(x, x + x_minus), second = planes_at(x + 4, x + 4 + x_minus);
    sum[row] = add(sum[row], first, w, vectors, x_planes, w_planes);
    sum[row + 1] = add(sum[row + 1], second, w, vectors, x_planes, w_planes);
    __asm__("" : "+w"(sum[row]), "+w"(sum[row + 1]) : : "memory"); /* later loads stay later: registers are few */
  }
}

TQ_INLINE void put(int32_t *sums, int32_t at, int16x8_t sum, int32_t factor, int32_t how) {
  if (how == NARROW) {
    vst1_s16((int16_t *)(void *)sums + at, vget_low_s16(vpaddq_s16(sum, sum)));
  } else {
    const int32x4_t four = vpaddlq_s16(sum);
    vst1q_s32(sums + at, how == SET ? four : vmlaq_n_s32(vld1q_s32(sums + at), four, factor));
  }
}

TQ_INLINE void tiles(const uint32_t *rows, const uint32_t *filters, tq_ternary_size size, int32_t x_planes,
                     int32_t w_planes, int32_t factor, int32_t how, int32_t apart, int32_t *sums) {
  for (int32_t block = 0; block < size.blocks; block++) {
    const uint32_t *x = rows;
    int16x8_t sum[4] = {vdupq_n_s16(0), vdupq_n_s16(0), vdupq_n_s16(0), vdupq_n_s16(0)};
    for (int32_t step = 0; step < size.steps; step++, x += 16 * x_planes, filters += 16 * w_planes) {
      add_rows(x, filters, 4, x_planes, w_planes, sum);
    }
    if (size.rest == 2) add_rows(x, filters, 2, x_planes, w_planes, sum);
    if (size.rest == 1) add_rows(x, filters, 1, x_planes, w_planes, sum);
    filters += 4 * size.rest * w_planes;
#pragma GCC unroll 4
    for (int32_t row = 0; row < 4; row++) put(sums, row * apart + 4 * block, sum[row], factor, how);
  }
}

#else

/* Of a word. */
static inline int32_t products(const uint32_t *x, const uint32_t *w, int32_t x_planes, int32_t w_planes) {
  const uint32_t unequal = x[16 * (x_planes - 1)] ^ w[4 * (w_planes - 1)];

  if (x_planes + w_planes < 4) return (int32_t)tq_ones(unequal & (x_planes == 2 ? *x : *w));
  return (int32_t)tq_ones(*x & *w) - 2 * (int32_t)tq_ones(unequal & *x & *w);
}

static inline void tiles(const uint32_t *rows, const uint32_t *filters, tq_ternary_size size, int32_t x_planes,
                         int32_t w_planes, int32_t factor, int32_t how, int32_t apart, int32_t *sums) {
  const int32_t next = 4 * w_planes;

  for (int32_t i = 0; i < 4 * 4 * size.blocks; i++) {
    const int32_t row = i % 4, filter = i / 4;
    const uint32_t *const block = filters + filter / 4 * tq_ternary_block_words(size), *x = rows + 4 * row;
    int32_t sum = 0;
    for (int32_t step = 0; step < size.steps; step++, x += 16 * x_planes) {
      const uint32_t *const w = block + next * (4 * step + filter % 4);
      for (int32_t k = 0; k < 4; k++) sum += products(x + k, w + k, x_planes, w_planes);
    }
    for (int32_t k = filter % 4 * size.rest; k < (filter % 4 + 1) * size.rest; k++) {
      sum += products(x + k % 4, block + next * (4 * size.steps + k / 4) + k % 4, x_planes, w_planes);
    }
    if (how == NARROW) {
      ((int16_t *)(void *)sums)[row * apart + filter] = (int16_t)sum;
    } else {
      sums[row * apart + filter] = factor * sum + (how == SET ? 0 : sums[row * apart + filter]);
    }
  }
}

#endif

void tq_neon_ternary_sums(const uint32_t *rows, const uint32_t *filters, tq_ternary_size size, int32_t shift,
                          int32_t narrow, int32_t apart, int32_t *sums) {
  const int32_t factor = 1 << shift;

  if (size.x_planes == 1) {
    tiles(rows, filters, size, 1, 2, -2 * factor, ADDED, apart, sums);
  } else if (size.w_planes == 1) {
    tiles(rows, filters, size, 2, 1, -2 * factor, ADDED, apart, sums);
  } else if (narrow) {
    tiles(rows, filters, size, 2, 2, 1, NARROW, apart, sums);
  } else {
    tiles(rows, filters, size, 2, 2, 1, SET, apart, sums);
  }
}
