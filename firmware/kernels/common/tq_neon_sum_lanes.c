#include "tq_neon_depthwise_bits.h"

#if TQ_NEON

#define PAIRS 4 /* of bytes, 16 channels each, at once */

static inline void put(uint16x8_t differing, int32x4_t largest, int32x4_t shift, int32_t *sums) {
  const int32x4_t low = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(differing)));
  const int32x4_t high = vreinterpretq_s32_u32(vmovl_high_u16(differing));
  vst1q_s32(sums, vshlq_s32(vmlsq_n_s32(largest, low, 2), shift));
  vst1q_s32(sums + 4, vshlq_s32(vmlsq_n_s32(largest, high, 2), shift));
}

/* Digits [first, end) of the channels of bytes from `byte` on. */
static inline void take_digits(const tq_lanes *counts, int32_t first, int32_t end, int32_t byte, uint8x16_t *digits) {
  const uint8x16_t place = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u));
  const uint8x16_t one = vcombine_u8(vdup_n_u8(0), vdup_n_u8(1)), from = vaddq_u8(one, vdupq_n_u8((uint8_t)byte));

#pragma GCC unroll 4
  for (int32_t k = 0; k < PAIRS; k++) digits[k] = vdupq_n_u8(0);
  for (int32_t i = end - 1; i >= first; i--) {
    uint8x16_t at = from;
#pragma GCC unroll 4
    for (int32_t k = 0; k < PAIRS; k++, at = vaddq_u8(at, vdupq_n_u8(2))) {
      digits[k] = vsliq_n_u8(vtstq_u8(vqtbl1q_u8(counts[i], at), place), digits[k], 1);
    }
  }
}

void tq_neon_sum_lanes(const tq_lanes_layer *layer, const tq_lanes *counts, int32_t *sums) {
  const int32_t digits = layer->digits;
  const int32x4_t largest = vdupq_n_s32(layer->largest), shift = vdupq_n_s32(1 - layer->divisor);

  for (int32_t byte = 0; byte < TQ_LANES; byte += 2 * PAIRS) {
    uint8x16_t low[PAIRS], high[PAIRS];
    take_digits(counts, 0, digits < 8 ? digits : 8, byte, low);
    take_digits(counts, 8, digits, byte, high);
#pragma GCC unroll 4
    for (int32_t k = 0; k < PAIRS; k++, sums += 16) {
      put(vreinterpretq_u16_u8(vzip1q_u8(low[k], high[k])), largest, shift, sums);
      put(vreinterpretq_u16_u8(vzip2q_u8(low[k], high[k])), largest, shift, sums + 8);
    }
  }
}

#else

void tq_neon_sum_lanes(const tq_lanes_layer *layer, const tq_lanes *counts, int32_t *sums) {
  for (int32_t c = 0; c < 8 * TQ_LANES; c++) {
    int32_t differing = 0;
    for (int32_t i = 0; i < layer->digits; i++) {
      uint8_t digit[sizeof(tq_lanes)];
      tq_put_lanes(digit, counts[i]);
      differing |= (digit[c / 8] >> c % 8 & 1) << i;
    }
    sums[c] = (layer->largest - 2 * differing) / layer->divisor;
  }
}

#endif
