#include "tq_neon.h"
#include "tq_neon_table.h"

#if TQ_NEON

/* 1 where the bit is set, -1 elsewhere: what is set is -1 in all of a lane's bits. */
static inline int8x16_t signs_of(uint8x16_t bytes, int32_t bit) {
  const uint8x16_t set = vtstq_u8(bytes, vdupq_n_u8((uint8_t)(1 << bit)));
  return vreinterpretq_s8_u8(vsubq_u8(vdupq_n_u8(255), vaddq_u8(set, set)));
}

#endif

void tq_neon_table_signs(const uint8_t *packed, int32_t count, int8_t *codes) {
  int32_t i = 0;
#if TQ_NEON
  for (; i + 64 <= count; i += 64) {
    const uint8x16_t bytes = vld1q_u8(packed + i / 4);
    const int8x16x4_t a = {{signs_of(bytes, 1), signs_of(bytes, 3), signs_of(bytes, 5), signs_of(bytes, 7)}};
    const int8x16x4_t b = {{signs_of(bytes, 0), signs_of(bytes, 2), signs_of(bytes, 4), signs_of(bytes, 6)}};
    vst4q_s8(codes + i, a);
    vst4q_s8(codes + count + i, b);
  }
#endif
  for (; i < count; i++) {
    const int32_t code = packed[i / 4] >> i % 4 * 2;
    codes[i] = code & 2 ? 1 : -1;
    codes[count + i] = code & 1 ? 1 : -1;
  }
}
