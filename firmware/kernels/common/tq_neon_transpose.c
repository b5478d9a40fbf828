#include "tq_neon.h"
#include "tq_neon_table.h"

#if TQ_NEON

static inline void eight_by_eight(const int8_t *from, int32_t from_row, int8_t *to, int32_t to_row) {
  int8x8_t r[8];
  int16x4_t h[8];
  int32x2_t w[8];

#pragma GCC unroll 8
  for (int32_t i = 0; i < 8; i++) r[i] = vld1_s8(from + i * from_row);
#pragma GCC unroll 8
  for (int32_t i = 0; i < 8; i += 2) {
    h[i] = vreinterpret_s16_s8(vtrn1_s8(r[i], r[i + 1]));
    h[i + 1] = vreinterpret_s16_s8(vtrn2_s8(r[i], r[i + 1]));
  }
#pragma GCC unroll 8
  for (int32_t i = 0; i < 4; i++) {
    const int32_t k = i / 2 * 4 + i % 2;
    w[k] = vreinterpret_s32_s16(vtrn1_s16(h[k], h[k + 2]));
    w[k + 2] = vreinterpret_s32_s16(vtrn2_s16(h[k], h[k + 2]));
  }
#pragma GCC unroll 8
  for (int32_t i = 0; i < 4; i++) {
    vst1_s8(to + i * to_row, vreinterpret_s8_s32(vtrn1_s32(w[i], w[i + 4])));
    vst1_s8(to + (i + 4) * to_row, vreinterpret_s8_s32(vtrn2_s32(w[i], w[i + 4])));
  }
}

#else

static inline void eight_by_eight(const int8_t *from, int32_t from_row, int8_t *to, int32_t to_row) {
  for (int32_t i = 0; i < 64; i++) to[i % 8 * to_row + i / 8] = from[i / 8 * from_row + i % 8];
}

#endif

/* Blocks at the ends overlap those before. */
void tq_neon_transpose(const int8_t *from, int32_t from_row, int32_t rows, int32_t columns, int8_t *to,
                       int32_t to_row) {
  if (rows < 8 || columns < 8) {
    for (int32_t row = 0; row < rows; row++) {
      for (int32_t column = 0; column < columns; column++) {
        to[column * to_row + row] = from[row * from_row + column];
      }
    }
    return;
  }
  for (int32_t i = 0; i < rows; i += 8) {
    const int32_t row = i < rows - 8 ? i : rows - 8;
    for (int32_t k = 0; k < columns; k += 8) {
      const int32_t column = k < columns - 8 ? k : columns - 8;
      eight_by_eight(from + row * from_row + column, from_row, to + column * to_row + row, to_row);
    }
  }
}
