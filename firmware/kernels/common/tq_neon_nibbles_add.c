#include "tq_neon_nibbles.h"

#if TQ_NEON

/* What is looked up next waits for a sum: more of it at a time has no room in registers. */
#define AFTER(sum, next) __asm__("" : "+w"(next) : "w"(sum))

/* 16 sums -> bytes, or added to those of 16 bits, which begin with 0 if this is the first. */
TQ_INLINE void put(uint8x16_t sum, uint8_t *narrow) { vst1q_u8(narrow, sum); }
TQ_INLINE void add(uint8x16_t sum, int32_t first, uint16_t *wide) {
  vst1q_u16(wide, first ? vmovl_u8(vget_low_u8(sum)) : vaddw_u8(vld1q_u16(wide), vget_low_u8(sum)));
  vst1q_u16(wide + 8, first ? vmovl_high_u8(sum) : vaddw_high_u8(vld1q_u16(wide + 8), sum));
}

void tq_neon_nibbles_add(const uint8_t *x, const uint32_t *from, const uint8_t *tables, int32_t count, int32_t first,
                         uint8_t *narrow, uint16_t *wide) {
  uint8x16_t sum[16];

#pragma GCC unroll 16
  for (int32_t i = 0; i < 16; i++) sum[i] = vdupq_n_u8(0);
  for (int32_t i = 0; i < count; i++) {
    const uint8x16x4_t four = vld1q_u8_x4(x + from[i]);
#pragma GCC unroll 4
    for (int32_t o = 0; o < 4; o++) {
      uint8x16_t table = vld1q_u8(tables + 64 * i + 16 * o);
      if (o > 0) AFTER(sum[4 * o - 1], table);
#pragma GCC unroll 4
      for (int32_t k = 0; k < 4; k++) sum[4 * o + k] = vaddq_u8(sum[4 * o + k], vqtbl1q_u8(table, four.val[k]));
    }
  }
  if (!wide) {
#pragma GCC unroll 16
    for (int32_t i = 0; i < 16; i++) put(sum[i], narrow + 16 * i);
  } else if (first) {
#pragma GCC unroll 16
    for (int32_t i = 0; i < 16; i++) add(sum[i], 1, wide + 16 * i);
  } else {
#pragma GCC unroll 16
    for (int32_t i = 0; i < 16; i++) add(sum[i], 0, wide + 16 * i);
  }
}

#else

void tq_neon_nibbles_add(const uint8_t *x, const uint32_t *from, const uint8_t *tables, int32_t count, int32_t first,
                         uint8_t *narrow, uint16_t *wide) {
  for (int32_t k = 0; k < 4 * TQ_NIBBLES_LANES; k++) {
    const uint8_t *table = tables + k / TQ_NIBBLES_LANES * 16;
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++, table += 64) {
      sum += table[x[from[i] + (uint32_t)(k % TQ_NIBBLES_LANES)] & 15]; /* of lanes of no position, anything */
    }
    if (wide) {
      wide[k] = (uint16_t)((first ? 0 : wide[k]) + sum);
    } else {
      narrow[k] = (uint8_t)sum;
    }
  }
}

#endif
