#include "tq_neon.h"
#include "tq_neon_depthwise.h"

#if TQ_NEON

TQ_INLINE void widen(const int16x8_t narrow[2], int32x4_t wide[4]) {
  wide[0] = vaddw_s16(wide[0], vget_low_s16(narrow[0]));
  wide[1] = vaddw_high_s16(wide[1], narrow[0]);
  wide[2] = vaddw_s16(wide[2], vget_low_s16(narrow[1]));
  wide[3] = vaddw_high_s16(wide[3], narrow[1]);
}

/* Until `most` products have been added up in int16 lanes: of weights there fit 2 (2 * 128 * 127 < 2^15). */
TQ_INLINE void all(const int8_t *x, const int32_t *from, int32_t taps, uint8x16_t place, const int8_t *weights,
                   int32_t row, int32_t most, int32x4_t wide[4]) {
  for (int32_t tap = 0; tap < taps;) {
    const int32_t end = taps - tap < most ? taps : tap + most;
    int16x8_t narrow[2] = {vdupq_n_s16(0), vdupq_n_s16(0)};
    for (; tap < end; tap++, weights += row) {
      const int8x16_t w = vld1q_s8(weights), seen = vqtbl1q_s8(vld1q_s8(x + from[tap]), place);
      narrow[0] = vmlal_s8(narrow[0], vget_low_s8(seen), vget_low_s8(w));
      narrow[1] = vmlal_high_s8(narrow[1], seen, w);
    }
    widen(narrow, wide);
  }
}

void tq_neon_depthwise_sums(const int8_t *x, const int32_t *from, int32_t taps, const uint8_t place[16],
                            const int8_t *weights, int32_t row, int32_t codes, const int32_t start[16],
                            int32_t sums[16]) {
  int32x4_t wide[4] = {vld1q_s32(start), vld1q_s32(start + 4), vld1q_s32(start + 8), vld1q_s32(start + 12)};
  const uint8x16_t places = vld1q_u8(place);

  if (codes) {
    all(x, from, taps, places, weights, row, TQ_DEPTHWISE_TAPS, wide);
  } else {
    all(x, from, taps, places, weights, row, 2, wide);
  }
#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) vst1q_s32(sums + 4 * i, wide[i]);
}

#else

void tq_neon_depthwise_sums(const int8_t *x, const int32_t *from, int32_t taps, const uint8_t place[16],
                            const int8_t *weights, int32_t row, int32_t codes, const int32_t start[16],
                            int32_t sums[16]) {
  (void)codes;
  for (int32_t i = 0; i < 16; i++) {
    sums[i] = start[i];
    for (int32_t tap = 0; tap < taps; tap++) sums[i] += x[from[tap] + place[i]] * weights[tap * row + i];
  }
}

#endif
