#include "tq_neon.h"
#include "tq_neon_dense.h"
#include "tq_unpack.h"

#define DIGITS 5

#if TQ_NEON

/* Digits of each number of two, and of three. */
static const int8_t of_numbers[5][32] = {
  {0, 0, 0, 1, 1, 1, 2, 2, 2},
  {0, 1, 2, 0, 1, 2, 0, 1, 2},
  {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2},
  {0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 1, 1, 1, 2, 2, 2},
  {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}};

/* A byte holds 256 times a fraction; times 9, or 27, its whole part is the next two digits, or three. */
static inline uint8x16_t next(uint8x16_t *fraction, uint8_t factor) {
  const uint8x16_t by = vdupq_n_u8(factor);
  const uint8x16_t low = vreinterpretq_u8_u16(vmull_u8(vget_low_u8(*fraction), vget_low_u8(by)));
  const uint8x16_t high = vreinterpretq_u8_u16(vmull_high_u8(*fraction, by));
  *fraction = vuzp1q_u8(low, high);
  return vuzp2q_u8(low, high);
}

static inline void take_digits(uint8x16_t fraction, const int8x16x2_t tables[DIGITS], int8x16_t digits[DIGITS]) {
  const uint8x16_t two = next(&fraction, 9), three = next(&fraction, 27);

#pragma GCC unroll 5
  for (int32_t i = 0; i < DIGITS; i++) {
    digits[i] = i < 2 ? vqtbl1q_s8(tables[i].val[0], two) : vqtbl2q_s8(tables[i], three);
  }
}

void tq_neon_dense_ternary(const int8_t *x, const uint8_t *const packed[2], const int8_t *const tables[2],
                           int32_t blocks, int32_t zero_point, int32_t *const sums[2]) {
  const uint8_t *first = packed[0], *second = packed[1];
  const int8_t *volatile known = of_numbers[0]; /* tables that gcc knows it loads again and again */
  const int8_t *const numbers = known;
  const int16x8_t none = vdupq_n_s16(0);
  int16x8_t low[2] = {none, none}, high[2] = {none, none}, total[2] = {none, none};
  int8x16x2_t digit_of[DIGITS];

  (void)tables;
#pragma GCC unroll 5
  for (int32_t i = 0; i < DIGITS; i++) digit_of[i] = vld1q_s8_x2(numbers + 32 * i);
  for (; blocks > 0; blocks--, first += TQ_DENSE_BLOCK, second += TQ_DENSE_BLOCK, x += 16 * DIGITS) {
    int8x16_t digits[2][DIGITS];
    take_digits(vld1q_u8(first), digit_of, digits[0]);
    take_digits(vld1q_u8(second), digit_of, digits[1]);
#pragma GCC unroll 5
    for (int32_t i = 0; i < DIGITS; i++) {
      const int8x16_t seen = vld1q_s8(x + 16 * i);
#pragma GCC unroll 2
      for (int32_t row = 0; row < 2; row++) {
        low[row] = vmlal_s8(low[row], vget_low_s8(seen), vget_low_s8(digits[row][i]));
        high[row] = vmlal_high_s8(high[row], seen, digits[row][i]);
        total[row] = vpadalq_s8(total[row], digits[row][i]);
      }
    }
  }
  for (int32_t row = 0; row < 2; row++) {
    *sums[row] += vaddlvq_s16(low[row]) + vaddlvq_s16(high[row]) - zero_point * vaddlvq_s16(total[row]);
  }
}

#else

void tq_neon_dense_ternary(const int8_t *x, const uint8_t *const packed[2], const int8_t *const tables[2],
                           int32_t blocks, int32_t zero_point, int32_t *const sums[2]) {
  (void)tables;
  for (int32_t row = 0; row < 2; row++) {
    for (int32_t k = 0; k < blocks * TQ_DENSE_BLOCK; k++) {
      uint32_t fraction = tq_ternary_fraction(packed[row][k]);
      const int8_t *const seen = x + k / TQ_DENSE_BLOCK * TQ_DENSE_BLOCK * DIGITS + k % TQ_DENSE_BLOCK;
      for (int32_t i = 0; i < DIGITS; i++) {
        *sums[row] += (seen[16 * i] - zero_point) * tq_next_trit(&fraction, tq_three());
      }
    }
  }
}

#endif
