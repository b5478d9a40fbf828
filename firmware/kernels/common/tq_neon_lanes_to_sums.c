#include "tq_neon_depthwise_bits.h"

/* Of all lanes of a position. */
static void sum(const tq_lanes_layer *l, const uint8_t *low) {
  const int32_t lanes = 8 * l->pixel, high = tq_lanes_numbers(l->pixel), shift = l->divisor - 1;
  int32_t *const sums = l->scaling;

#if TQ_NEON
  const int32x4_t largest = vdupq_n_s32(l->largest), right = vdupq_n_s32(-shift);
  for (int32_t i = 0; i < lanes; i += 8, low += 8) {
    const uint16x8_t differing = vorrq_u16(vmovl_u8(vld1_u8(low)), vshll_n_u8(vld1_u8(low + high), 8));
    const int32x4_t a = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(differing)));
    const int32x4_t b = vreinterpretq_s32_u32(vmovl_high_u16(differing));
    vst1q_s32(sums + i, vshlq_s32(vmlsq_n_s32(largest, a, 2), right));
    vst1q_s32(sums + i + 4, vshlq_s32(vmlsq_n_s32(largest, b, 2), right));
  }
#else
  for (int32_t i = 0; i < lanes; i++) sums[i] = (l->largest - 2 * (low[i] | low[i + high] << 8)) >> shift;
#endif
}

void tq_neon_lanes_to_sums(const tq_lanes_layer *l, tq_neon_store_row *store, int32_t row, int32_t count,
                           void *output) {
  for (int32_t x = 0; x < count; x++) {
    sum(l, l->numbers + 8 * l->pixel * x);
    store(&l->store, l->scaling, row + x, output);
  }
}
