#include "tq_neon_signs_tile.h"

#if TQ_NEON

void tq_neon_signs_counts(const uint32_t *rows, const uint32_t *filters, tq_signs_size size,
                          uint16_t *counts) {
  const int32_t block_words = tq_signs_block_words(size), row = 8 * size.blocks;

  for (const uint16_t *const end = counts + row; counts < end; counts += 8, filters += block_words) {
    register uint16x8_t count0 __asm__("v12") = vdupq_n_u16(0);
    register uint16x8_t count1 __asm__("v13") = vdupq_n_u16(0);
    register uint16x8_t count2 __asm__("v14") = vdupq_n_u16(0);
    register uint16x8_t count3 __asm__("v15") = vdupq_n_u16(0);
    TQ_SIGNS_TILE(rows, filters, size, count0, count1, count2, count3);
    vst1q_u16(counts, count0);
    vst1q_u16(counts + row, count1);
    vst1q_u16(counts + 2 * row, count2);
    vst1q_u16(counts + 3 * row, count3);
  }
}

#else

void tq_neon_signs_counts(const uint32_t *rows, const uint32_t *filters, tq_signs_size size,
                          uint16_t *counts) {
  const int32_t row_counts = 8 * size.blocks;

  for (int32_t block = 0; block < size.blocks; block++, filters += tq_signs_block_words(size)) {
    for (int32_t row = 0; row < 4; row++) {
      for (int32_t i = 0; i < 8; i++) {
        counts[row * row_counts + 8 * block + i] = (uint16_t)tq_signs_differing(rows, filters, size, 4, row, i);
      }
    }
  }
}

#endif
