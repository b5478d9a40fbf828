#include "tq_neon.h"
#include "tq_neon_dense.h"

#define DIGITS 8

#if TQ_NEON

#define BLOCKS 15 /* whose inputs fit in lanes of 16 bits: sixteen a block, of 128 at most */

typedef struct {
  int32x4_t products[2];
  uint32x4_t digits[2];
} totals;

static inline void add(const int8_t *x, const uint8_t *first, const uint8_t *second, int32_t blocks, totals *to) {
  int16x8_t sum[2] = {vdupq_n_s16(0), vdupq_n_s16(0)};
  uint16x8_t total[2] = {vdupq_n_u16(0), vdupq_n_u16(0)};

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
    to->products[row] = vpadalq_s16(to->products[row], sum[row]);
    to->digits[row] = vpadalq_u16(to->digits[row], total[row]);
  }
}

void tq_neon_dense_binary(const int8_t *x, const uint8_t *const packed[2], int32_t blocks, int32_t zero_point,
                          int32_t *const sums[2]) {
  const uint8_t *first = packed[0], *second = packed[1];
  totals to = {{vdupq_n_s32(0), vdupq_n_s32(0)}, {vdupq_n_u32(0), vdupq_n_u32(0)}};

  for (; blocks > 0; blocks -= BLOCKS) {
    add(x, first, second, blocks < BLOCKS ? blocks : BLOCKS, &to);
    x += BLOCKS * DIGITS * 16;
    first += BLOCKS * TQ_DENSE_BLOCK;
    second += BLOCKS * TQ_DENSE_BLOCK;
  }
  for (int32_t row = 0; row < 2; row++) {
    *sums[row] += vaddvq_s32(to.products[row]) - zero_point * (int32_t)vaddvq_u32(to.digits[row]);
  }
}

#else

void tq_neon_dense_binary(const int8_t *x, const uint8_t *const packed[2], int32_t blocks, int32_t zero_point,
                          int32_t *const sums[2]) {
  for (int32_t row = 0; row < 2; row++) {
    for (int32_t i = 0; i < DIGITS * blocks * TQ_DENSE_BLOCK; i++) {
      const int32_t byte = i / DIGITS, block = byte / TQ_DENSE_BLOCK, bit = packed[row][byte] >> i % DIGITS & 1;
      const int32_t seen = x[(block * DIGITS + i % DIGITS) * TQ_DENSE_BLOCK + byte % TQ_DENSE_BLOCK];
      *sums[row] += bit * (seen - zero_point);
    }
  }
}

#endif
