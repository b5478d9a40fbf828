#include "tq_neon.h"
#include "tq_neon_dense.h"
#include "tq_unpack.h"

#define DIGITS 5

#if TQ_NEON

#define BLOCKS 25 /* whose products fit in lanes of 16 bits: five a block, of 256 at most */

/* Minus what two rows sum up to. */
typedef struct {
  int32x4_t products[2], digits[2];
} totals;

/* A byte holds 256 times a fraction; times 3, its whole part is the next digit: 1 from 86 on, 2 from 171 on. */
static inline void add(const int8_t *x, const uint8_t *first, const uint8_t *second, int32_t blocks, totals *to) {
  const uint8x16_t one = vdupq_n_u8(86), two = vdupq_n_u8(171), three = vdupq_n_u8(3);
  int16x8_t low[2] = {vdupq_n_s16(0), vdupq_n_s16(0)}, high[2] = {low[0], low[0]}, total[2] = {low[0], low[0]};

  for (; blocks > 0; blocks--, first += TQ_DENSE_BLOCK, second += TQ_DENSE_BLOCK) {
    uint8x16_t fraction[2] = {vld1q_u8(first), vld1q_u8(second)};
#pragma GCC unroll 5
    for (int32_t i = 0; i < DIGITS; i++, x += 16) {
      const int8x16_t seen = vld1q_s8(x);
#pragma GCC unroll 2
      for (int32_t row = 0; row < 2; row++) {
        const int8x16_t minus =
            vreinterpretq_s8_u8(vaddq_u8(vcgeq_u8(fraction[row], one), vcgeq_u8(fraction[row], two)));
        low[row] = vmlal_s8(low[row], vget_low_s8(seen), vget_low_s8(minus));
        high[row] = vmlal_high_s8(high[row], seen, minus);
        total[row] = vpadalq_s8(total[row], minus);
        fraction[row] = vmulq_u8(fraction[row], three);
      }
    }
  }
  for (int32_t row = 0; row < 2; row++) {
    to->products[row] = vpadalq_s16(vpadalq_s16(to->products[row], low[row]), high[row]);
    to->digits[row] = vpadalq_s16(to->digits[row], total[row]);
  }
}

void tq_neon_dense_ternary(const int8_t *x, const uint8_t *const packed[2], int32_t bytes, int32_t zero_point,
                           int32_t *const sums[2]) {
  const uint8_t *first = packed[0], *second = packed[1];
  const int32x4_t none = vdupq_n_s32(0);
  totals to = {{none, none}, {none, none}};

  for (int32_t blocks = bytes / TQ_DENSE_BLOCK; blocks > 0; blocks -= BLOCKS) {
    const int32_t some = blocks < BLOCKS ? blocks : BLOCKS;
    add(x, first, second, some, &to);
    x += some * DIGITS * 16;
    first += some * TQ_DENSE_BLOCK;
    second += some * TQ_DENSE_BLOCK;
  }
  if (bytes % TQ_DENSE_BLOCK > 0) {
    uint8_t rest[2][TQ_DENSE_BLOCK];
    add(x, tq_dense_rest(packed[0], bytes, rest[0]), tq_dense_rest(packed[1], bytes, rest[1]), 1, &to);
  }
  for (int32_t row = 0; row < 2; row++) {
    *sums[row] += zero_point * vaddvq_s32(to.digits[row]) - vaddvq_s32(to.products[row]);
  }
}

#else

void tq_neon_dense_ternary(const int8_t *x, const uint8_t *const packed[2], int32_t bytes, int32_t zero_point,
                           int32_t *const sums[2]) {
  for (int32_t row = 0; row < 2; row++) {
    for (int32_t k = 0; k < bytes; k++) {
      uint32_t fraction = tq_ternary_fraction(packed[row][k]);
      const int8_t *const seen = x + k / TQ_DENSE_BLOCK * TQ_DENSE_BLOCK * DIGITS + k % TQ_DENSE_BLOCK;
      for (int32_t i = 0; i < DIGITS; i++) {
        *sums[row] += (seen[16 * i] - zero_point) * tq_next_trit(&fraction, tq_three());
      }
    }
  }
}

#endif
