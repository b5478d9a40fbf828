#include "tq_neon_outputs.h"

#include "tq_neon_scale.h"

#if TQ_NEON

static inline int32x4_t accumulate(const tq_scaling *s, int32_t channel, int32x4_t sum, int16x4_t level) {
  const int32x4_t bias = s->bias ? vld1q_s32(s->bias + channel) : vdupq_n_s32(0);
  return vmlaq_s32(bias, sum, vmovl_s16(level));
}

static int32_t eights(const tq_scaling *scaling, int32_t channel, int32_t count, int32_t shift,
                      const int32_t *sums, int8_t *output) {
  const tq_scaling s = *scaling;
  const int32x4_t low = vdupq_n_s32(s.min - s.zero_point), high = vdupq_n_s32(s.max - s.zero_point);
  const int32x4_t by = vdupq_n_s32(shift);
  const int16x8_t zero_point = vdupq_n_s16((int16_t)s.zero_point);
  int32_t i = 0;

  for (; i + 8 <= count; i += 8) {
    const int32_t c = channel + i;
    const int16x8_t level = s.levels ? vmovl_s8(vld1_s8(s.levels + c)) : vdupq_n_s16(1);
    const int16x8_t shifts = vmovl_s8(vld1_s8(s.shift + c));
    int32x4_t sum0 = vshlq_s32(vld1q_s32(sums + i), by), sum1 = vshlq_s32(vld1q_s32(sums + i + 4), by);
    sum0 = accumulate(&s, c, sum0, vget_low_s16(level));
    sum1 = accumulate(&s, c + 4, sum1, vget_high_s16(level));
    sum0 = tq_neon_scale(sum0, vld1q_s32(s.multiplier + c), vmovl_s16(vget_low_s16(shifts)));
    sum1 = tq_neon_scale(sum1, vld1q_s32(s.multiplier + c + 4), vmovl_s16(vget_high_s16(shifts)));
    sum0 = vminq_s32(vmaxq_s32(sum0, low), high);
    sum1 = vminq_s32(vmaxq_s32(sum1, low), high);
    vst1_s8(output + i, vmovn_s16(vaddq_s16(vcombine_s16(vmovn_s32(sum0), vmovn_s32(sum1)), zero_point)));
  }
  return i;
}

#else

static int32_t eights(const tq_scaling *scaling, int32_t channel, int32_t count, int32_t shift,
                      const int32_t *sums, int8_t *output) {
  (void)scaling, (void)channel, (void)count, (void)shift, (void)sums, (void)output;
  return 0;
}

#endif

void tq_neon_outputs(const tq_scaling *scaling, int32_t channel, int32_t count, int32_t shift,
                     const int32_t *sums, int8_t *output) {
  for (int32_t i = eights(scaling, channel, count, shift, sums, output); i < count; i++) {
    const int32_t sum = (int32_t)((uint32_t)sums[i] << shift);
    tq_outputs(scaling, channel + i, 1, &sum, output + i);
  }
}
