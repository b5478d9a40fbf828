/* From 64-bit sums to int16, as TFLite's 16x8 quantization has it: a multiplier of 15 bits, one rounding. */
#ifndef TQ_REQUANTIZE_A16_H
#define TQ_REQUANTIZE_A16_H

#include "tq_requantize.h"

/* x * multiplier * 2^(shift - 31), ties towards plus infinity; |x| < 2^47, multiplier >= 0, -31 <= shift <= 7. */
static inline int32_t tq_scale_a16(int64_t x, int32_t multiplier, int32_t shift) {
  const int32_t reduced = multiplier < 0x7fff0000 ? (multiplier + (1 << 15)) >> 16 : 0x7fff;
  const int32_t total = 15 - shift;
  return (int32_t)((x * reduced + ((int64_t)1 << (total - 1))) >> total);
}

/* clamp(x + zero_point, min, max) for any x; -2^15 <= min <= max < 2^15. */
static inline int16_t tq_to_int16(int32_t x, int32_t zero_point, int32_t min, int32_t max) {
  return (int16_t)(tq_clamp(x, min - zero_point, max - zero_point) + zero_point);
}

#endif
