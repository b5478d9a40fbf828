#include "tq_neon.h"
#include "tq_neon_dense.h"

#if TQ_NEON

TQ_INLINE void lay(const int8_t *from, int32_t blocks, int32_t digits, int8_t *to) {
  static const uint8_t counted[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const uint8x16_t first = vmulq_u8(vld1q_u8(counted), vdupq_n_u8((uint8_t)digits));

  for (; blocks > 0; blocks--, from += TQ_DENSE_BLOCK * digits, to += TQ_DENSE_BLOCK * digits) {
    const uint8x16x4_t low = vld1q_u8_x4((const uint8_t *)from), high = vld1q_u8_x4((const uint8_t *)from + 64);
#pragma GCC unroll 8
    for (int32_t i = 0; i < digits; i++) {
      const uint8x16_t place = vaddq_u8(first, vdupq_n_u8((uint8_t)i));
      const uint8x16_t beyond = vqtbl4q_u8(high, vsubq_u8(place, vdupq_n_u8(64)));
      vst1q_s8(to + 16 * i, vreinterpretq_s8_u8(vorrq_u8(vqtbl4q_u8(low, place), beyond)));
    }
  }
}

void tq_neon_dense_lay(const int8_t *from, int32_t blocks, int32_t digits, int8_t *to) {
  switch (digits) {
    case 2: lay(from, blocks, 2, to); break;
    case 4: lay(from, blocks, 4, to); break;
    case 5: lay(from, blocks, 5, to); break;
    default: lay(from, blocks, 8, to);
  }
}

#else

void tq_neon_dense_lay(const int8_t *from, int32_t blocks, int32_t digits, int8_t *to) {
  for (; blocks > 0; blocks--, from += TQ_DENSE_BLOCK * digits) {
    for (int32_t i = 0; i < TQ_DENSE_BLOCK * digits; i++) {
      *to++ = from[i % TQ_DENSE_BLOCK * digits + i / TQ_DENSE_BLOCK];
    }
  }
}

#endif
