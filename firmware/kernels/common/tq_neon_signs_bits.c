#include "tq_neon_signs_tile.h"

#if TQ_NEON

void tq_neon_signs_bits(const uint32_t *rows, const uint32_t *filters, tq_signs_size size,
                        const uint16_t *const *start, uint8_t *bits) {
  static const uint8_t places[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint16_t *start0 = start[0], *start1 = start[1], *start2 = start[2], *start3 = start[3];
  const int32_t block_words = tq_signs_block_words(size);

  for (const uint8_t *const end = bits + 8 * size.blocks; bits < end; bits += 8, filters += block_words) {
    register uint16x8_t count0 __asm__("v12") = vld1q_u16(start0);
    register uint16x8_t count1 __asm__("v13") = vld1q_u16(start1);
    register uint16x8_t count2 __asm__("v14") = vld1q_u16(start2);
    register uint16x8_t count3 __asm__("v15") = vld1q_u16(start3);
    TQ_SIGNS_TILE(rows, filters, size, count0, count1, count2, count3);
    {
      const uint8x16_t place = vld1q_u8(places);
      const int8x16_t high01 = vuzp2q_s8(vreinterpretq_s8_u16(count0), vreinterpretq_s8_u16(count1));
      const int8x16_t high23 = vuzp2q_s8(vreinterpretq_s8_u16(count2), vreinterpretq_s8_u16(count3));
      uint8x16_t sums = vpaddq_u8(vandq_u8(vcltzq_s8(high01), place), vandq_u8(vcltzq_s8(high23), place));
      sums = vpaddq_u8(sums, sums);
      sums = vpaddq_u8(sums, sums);
      vst1q_lane_u32((uint32_t *)(void *)bits, vreinterpretq_u32_u8(sums), 0);
    }
    start0 += 8, start1 += 8, start2 += 8, start3 += 8;
  }
}

#else

void tq_neon_signs_bits(const uint32_t *rows, const uint32_t *filters, tq_signs_size size,
                        const uint16_t *const *start, uint8_t *bits) {
  for (int32_t block = 0; block < size.blocks; block++, filters += tq_signs_block_words(size), bits += 8) {
    for (int32_t row = 0; row < 4; row++) bits[row] = tq_signs_byte(rows, filters, size, 4, row, start[row] + 8 * block);
  }
}

#endif
