#include "tq_neon_signs_wide.h"

#if TQ_NEON

/* Of two rows, the bytes' places where the highest bit of their counts is set. */
static inline uint8x16_t marked(uint16x8_t first, uint16x8_t second, uint8x16_t place) {
  const int8x16_t high = vuzp2q_s8(vreinterpretq_s8_u16(first), vreinterpretq_s8_u16(second));
  return vandq_u8(vcltzq_s8(high), place);
}

void tq_neon_signs_wide(const uint32_t *rows, const uint32_t *filters, tq_signs_size size,
                        const uint16_t *const *start, uint8_t *bits) {
  uint64_t places = 0x8040201008040201u;
  const int32_t block_words = tq_signs_block_words(size), end = 8 * size.blocks;
  const uint16_t *const start0 = start[0], *const start1 = start[1], *const start2 = start[2];
  const uint16_t *const start3 = start[3], *const start4 = start[4], *const start5 = start[5];
  const uint16_t *const start6 = start[6], *const start7 = start[7];

  __asm__("" : "+r"(places)); /* a constant that gcc knows it loads again and again */
  for (int64_t o = 0; o < end; o += 8, filters += block_words, bits += 8) {
    register uint16x8_t count0 __asm__("v8") = vld1q_u16(start0 + o);
    register uint16x8_t count1 __asm__("v9") = vld1q_u16(start1 + o);
    register uint16x8_t count2 __asm__("v10") = vld1q_u16(start2 + o);
    register uint16x8_t count3 __asm__("v11") = vld1q_u16(start3 + o);
    register uint16x8_t count4 __asm__("v12") = vld1q_u16(start4 + o);
    register uint16x8_t count5 __asm__("v13") = vld1q_u16(start5 + o);
    register uint16x8_t count6 __asm__("v14") = vld1q_u16(start6 + o);
    register uint16x8_t count7 __asm__("v15") = vld1q_u16(start7 + o);
    TQ_SIGNS_WIDE(rows, filters, size, count0, count1, count2, count3, count4, count5, count6, count7);
    {
      const uint8x16_t place = vreinterpretq_u8_u64(vdupq_n_u64(places));
      const uint8x16_t low = vpaddq_u8(marked(count0, count1, place), marked(count2, count3, place));
      const uint8x16_t high = vpaddq_u8(marked(count4, count5, place), marked(count6, count7, place));
      const uint8x16_t sums = vpaddq_u8(low, high);
      vst1_u8(bits, vget_low_u8(vpaddq_u8(sums, sums)));
    }
  }
}

#else

void tq_neon_signs_wide(const uint32_t *rows, const uint32_t *filters, tq_signs_size size,
                        const uint16_t *const *start, uint8_t *bits) {
  for (int32_t block = 0; block < size.blocks; block++, filters += tq_signs_block_words(size), bits += 8) {
    for (int32_t row = 0; row < 8; row++) bits[row] = tq_signs_byte(rows, filters, size, 8, row, start[row] + 8 * block);
  }
}

#endif
