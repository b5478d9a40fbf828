/* tq_neon_dense_2_bits and the others, inlined with their number of bits. */
#ifndef TQ_NEON_DENSE_FEW_ROWS_H
#define TQ_NEON_DENSE_FEW_ROWS_H

#include "tq_neon_dense.h"
#include "tq_neon_few_digits.h"

#if TQ_NEON

TQ_INLINE void tq_dense_few_rows(int32_t bits, const int8_t *x, const uint8_t *const packed[2],
                                 const int8_t *const tables[2], int32_t blocks, int32_t zero_point,
                                 int32_t *const sums[2]) {
  const int32_t digits = tq_few_digits(bits), bytes = TQ_DENSE_BLOCK * tq_few_unit(bits);
  const int8x16x2_t table[2] = {tq_neon_few_tables(tables[0], bits), tq_neon_few_tables(tables[1], bits)};
  const uint8_t *first = packed[0], *second = packed[1];
  int32x4_t sum[2] = {vdupq_n_s32(0), vdupq_n_s32(0)};
  int16x8_t total[2] = {vdupq_n_s16(0), vdupq_n_s16(0)};

  for (; blocks > 0; blocks--, first += bytes, second += bytes, x += 16 * digits) {
    int8x16_t weights[2][TQ_FEW_MOST_DIGITS];
    tq_neon_few_weights(first, bits, table[0], weights[0]);
    tq_neon_few_weights(second, bits, table[1], weights[1]);
#pragma GCC unroll 8
    for (int32_t i = 0; i < digits; i++) {
      const int8x16_t seen = vld1q_s8(x + 16 * i);
#pragma GCC unroll 2
      for (int32_t row = 0; row < 2; row++) {
        const int16x8_t low = vmull_s8(vget_low_s8(seen), vget_low_s8(weights[row][i]));
        sum[row] = vpadalq_s16(sum[row], vmlal_high_s8(low, seen, weights[row][i]));
        total[row] = vpadalq_s8(total[row], weights[row][i]);
      }
    }
  }
  for (int32_t row = 0; row < 2; row++) {
    *sums[row] += vaddvq_s32(sum[row]) - zero_point * (int32_t)vaddlvq_s16(total[row]);
  }
}

#else

static inline void tq_dense_few_rows(int32_t bits, const int8_t *x, const uint8_t *const packed[2],
                                     const int8_t *const tables[2], int32_t blocks, int32_t zero_point,
                                     int32_t *const sums[2]) {
  const int32_t digits = tq_few_digits(bits), block = TQ_DENSE_BLOCK * digits;

  for (int32_t row = 0; row < 2; row++) {
    for (int32_t i = 0; i < blocks * block; i++) {
      const int32_t at = i * bits, held = packed[row][at / 8] | packed[row][(at + bits - 1) / 8] << 8;
      const int32_t seen = x[i / block * block + i % digits * TQ_DENSE_BLOCK + i % block / digits];
      *sums[row] += (seen - zero_point) * tables[row][held >> at % 8 & ((1 << bits) - 1)];
    }
  }
}

#endif

#endif
