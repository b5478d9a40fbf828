#include "tq_neon.h"
#include "tq_neon_dense.h"

#define DIGITS 8

#if TQ_NEON

void tq_neon_dense_binary(const int8_t *x, const uint8_t *const packed[2], const int8_t *const tables[2],
                          int32_t blocks, int32_t zero_point, int32_t *const sums[2]) {
  const uint8_t *first = packed[0], *second = packed[1];
  int16x8_t sum[2] = {vdupq_n_s16(0), vdupq_n_s16(0)};
  uint16x8_t total[2] = {vdupq_n_u16(0), vdupq_n_u16(0)};

  (void)tables;
  for (; blocks > 0; blocks--, first += TQ_DENSE_BLOCK, second += TQ_DENSE_BLOCK) {
    const uint8x16_t bits[2] = {vld1q_u8(first), vld1q_u8(second)};
#pragma GCC unroll 8
    for (int32_t i = 0; i < DIGITS; i++, x += 16) {
      const uint8x16_t seen = vld1q_u8((const uint8_t *)x), bit = vdupq_n_u8((uint8_t)(1 << i));
#pragma GCC unroll 2
      for (int32_t row = 0; row < 2; row++) {
        sum[row] = vpadalq_s8(sum[row], vreinterpretq_s8_u8(vandq_u8(seen, vtstq_u8(bits[row], bit))));
      }
    }
#pragma GCC unroll 2
    for (int32_t row = 0; row < 2; row++) total[row] = vpadalq_u8(total[row], vcntq_u8(bits[row]));
  }
  for (int32_t row = 0; row < 2; row++) {
    *sums[row] += vaddlvq_s16(sum[row]) - zero_point * (int32_t)vaddlvq_u16(total[row]);
  }
}

#else

void tq_neon_dense_binary(const int8_t *x, const uint8_t *const packed[2], const int8_t *const tables[2],
                          int32_t blocks, int32_t zero_point, int32_t *const sums[2]) {
  (void)tables;
  for (int32_t row = 0; row < 2; row++) {
    for (int32_t i = 0; i < DIGITS * blocks * TQ_DENSE_BLOCK; i++) {
      const int32_t byte = i / DIGITS, block = byte / TQ_DENSE_BLOCK, bit = packed[row][byte] >> i % DIGITS & 1;
      const int32_t seen = x[(block * DIGITS + i % DIGITS) * TQ_DENSE_BLOCK + byte % TQ_DENSE_BLOCK];
      *sums[row] += bit * (seen - zero_point);
    }
  }
}

#endif
