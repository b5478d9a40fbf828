#include "tq_neon.h"
#include "tq_neon_table.h"
#include "tq_unpack.h"

#if TQ_NEON

/* 80 codes of 16 bytes. A byte holds 256 times a fraction; times 3, its whole part is the next digit: 1 from 86 on, 2
 * from 171 on. Then digit i of byte k goes to place 5 * k + i. */
static inline void eighty(const uint8_t *packed, const uint8x16_t places[5], int8_t *codes) {
  const uint8x16_t one = vdupq_n_u8(86), two = vdupq_n_u8(171), three = vdupq_n_u8(3);
  uint8x16_t fraction = vld1q_u8(packed), digit[5];

#pragma GCC unroll 5
  for (int32_t i = 0; i < 5; i++) {
    const uint8x16_t above = vaddq_u8(vcgeq_u8(fraction, one), vcgeq_u8(fraction, two));
    digit[i] = vsubq_u8(vdupq_n_u8(255), above);
    fraction = vmulq_u8(fraction, three);
  }
  const uint8x16x4_t first = {{digit[0], digit[1], digit[2], digit[3]}};
#pragma GCC unroll 5
  for (int32_t i = 0; i < 5; i++) { /* places of 64 and more are none of the first four digits */
    const uint8x16_t last = vqtbl1q_u8(digit[4], vsubq_u8(places[i], vdupq_n_u8(64)));
    vst1q_s8(codes + 16 * i, vreinterpretq_s8_u8(vorrq_u8(vqtbl4q_u8(first, places[i]), last)));
  }
}

static int32_t many(const uint8_t *packed, int32_t base, int32_t count, int8_t *codes) {
  int32_t done = 0;

  if (base == 3) {
    static const uint8_t at[80] = { /* i % 5 * 16 + i / 5 */
      0, 16, 32, 48, 64, 1, 17, 33, 49, 65, 2, 18, 34, 50, 66, 3, 19, 35, 51, 67, 4, 20, 36, 52, 68, 5,
      21, 37, 53, 69, 6, 22, 38, 54, 70, 7, 23, 39, 55, 71, 8, 24, 40, 56, 72, 9, 25, 41, 57, 73, 10,
      26, 42, 58, 74, 11, 27, 43, 59, 75, 12, 28, 44, 60, 76, 13, 29, 45, 61, 77, 14, 30, 46, 62, 78,
      15, 31, 47, 63, 79};
    const uint8x16_t places[5] = {vld1q_u8(at), vld1q_u8(at + 16), vld1q_u8(at + 32), vld1q_u8(at + 48),
                                  vld1q_u8(at + 64)};
    for (; done + 80 <= count; done += 80) eighty(packed + done / 5, places, codes + done);
  } else {
    static const uint8_t bits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t bit = vld1q_u8(bits), one = vdupq_n_u8(1);
    for (; done + 16 <= count; done += 16) { /* 255 | 1 is -1 */
      const uint8_t *const two = packed + done / 8;
      const uint8x16_t bytes = vcombine_u8(vld1_dup_u8(two), vld1_dup_u8(two + 1));
      vst1q_s8(codes + done, vreinterpretq_s8_u8(vorrq_u8(vtstq_u8(bytes, bit), one)));
    }
  }
  return done;
}

#else

static int32_t many(const uint8_t *packed, int32_t base, int32_t count, int8_t *codes) {
  (void)packed, (void)base, (void)count, (void)codes;
  return 0;
}

#endif

void tq_neon_unpack(const uint8_t *packed, int32_t base, int32_t count, int8_t *codes) {
  const int32_t done = many(packed, base, count, codes);

  if (base == 3) {
    tq_unpack_ternary(packed, done, count - done, codes + done);
  } else {
    tq_unpack_binary(packed, done, count - done, codes + done);
  }
}
