#include "tq_neon.h"
#include "tq_neon_depthwise.h"

#if TQ_NEON

#define MOST 256 /* weights that int16 lanes hold: 256 * 127 < 2^15 */

void tq_neon_depthwise_totals(const int8_t *weights, int32_t taps, int32_t lanes, int32_t totals[16]) {
  int32x4_t wide[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};

  while (taps > 0) {
    int16x8_t low = vdupq_n_s16(0), high = vdupq_n_s16(0);
    int32_t some = taps < MOST ? taps : MOST;
    taps -= some;
    for (; some > 0; some--, weights += lanes) {
      const int8x16_t w = vld1q_s8(weights);
      low = vaddw_s8(low, vget_low_s8(w));
      high = vaddw_high_s8(high, w);
    }
    wide[0] = vaddw_s16(wide[0], vget_low_s16(low));
    wide[1] = vaddw_high_s16(wide[1], low);
    wide[2] = vaddw_s16(wide[2], vget_low_s16(high));
    wide[3] = vaddw_high_s16(wide[3], high);
  }
#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) vst1q_s32(totals + 4 * i, wide[i]);
}

#else

void tq_neon_depthwise_totals(const int8_t *weights, int32_t taps, int32_t lanes, int32_t totals[16]) {
  for (int32_t i = 0; i < 16; i++) {
    totals[i] = 0;
    for (int32_t tap = 0; tap < taps; tap++) totals[i] += weights[tap * lanes + i];
  }
}

#endif
