#include "tq_neon_depthwise_bits.h"

#if TQ_NEON

/* Digits [first, end) of sixteen channels. */
static inline uint8x16_t digits_of(const uint8_t *at, int32_t apart, int32_t first, int32_t end) {
  static const uint8_t places[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t place = vld1q_u8(places), two = vcombine_u8(vdup_n_u8(0), vdup_n_u8(1));
  uint8x16_t found = vdupq_n_u8(0);

  for (int32_t i = end - 1; i >= first; i--) {
    uint16_t bits;
    memcpy(&bits, at + i * apart, sizeof bits);
    const uint8x16_t spread = vqtbl1q_u8(vreinterpretq_u8_u16(vdupq_n_u16(bits)), two);
    found = vsliq_n_u8(vtstq_u8(spread, place), found, 1);
  }
  return found;
}

static inline void put(uint16x8_t differing, int32x4_t largest, int32x4_t shift, int32_t *sums) {
  const int32x4_t low = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(differing)));
  const int32x4_t high = vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(differing)));
  vst1q_s32(sums, vshlq_s32(vmlsq_n_s32(largest, low, 2), shift));
  vst1q_s32(sums + 4, vshlq_s32(vmlsq_n_s32(largest, high, 2), shift));
}

void tq_neon_sum_lanes(const tq_lanes_layer *layer, int32_t ox) {
  const int32_t digits = layer->digits, some = digits < 8 ? digits : 8;
  const int32x4_t largest = vdupq_n_s32(layer->largest), shift = vdupq_n_s32(1 - layer->divisor);
  const uint8_t *at = layer->lines + ox * layer->pixel;
  int32_t *sums = layer->sums;

  for (int32_t c = 0; c < layer->dims->output.c; c += 16, at += 2, sums += 16) {
    const uint8x16_t low = digits_of(at, layer->line, 0, some), high = digits_of(at, layer->line, 8, digits);
    put(vreinterpretq_u16_u8(vzip1q_u8(low, high)), largest, shift, sums);
    put(vreinterpretq_u16_u8(vzip2q_u8(low, high)), largest, shift, sums + 8);
  }
}

#else

void tq_neon_sum_lanes(const tq_lanes_layer *layer, int32_t ox) {
  for (int32_t c = 0; c < layer->dims->output.c; c++) {
    const uint8_t *digit = layer->lines + ox * layer->pixel + c / 8;
    int32_t differing = 0;
    for (int32_t i = 0; i < layer->digits; i++, digit += layer->line) differing |= (*digit >> c % 8 & 1) << i;
    layer->sums[c] = (layer->largest - 2 * differing) / layer->divisor;
  }
}

#endif
