#include "tq_neon_scale.h"
#include "tq_neon_table.h"
#include "tq_outputs.h"

#if TQ_NEON

typedef struct {
  int32x4_t add, multiplier, shift;
  int16x8_t zero_point;
  int8x8_t min, max;
  int16_t level;
} scaling;

/* The shift is to the right for most channels: with one for all lanes, tq_neon_scale becomes less. */
static inline int32x4_t scaled(const scaling *s, int32x4_t sum, int32_t to_the_right) {
  return to_the_right ? tq_neon_scale_right(sum, s->multiplier, s->shift)
                      : tq_neon_scale(sum, s->multiplier, s->shift);
}

/* Saturating on the way gives what clamping first would. */
static inline int8x8_t eight(const scaling *s, int32x4_t low, int32x4_t high, int32_t to_the_right) {
  const int16x4_t narrow = vqmovn_s32(scaled(s, low, to_the_right));
  const int16x8_t both = vqmovn_high_s32(narrow, scaled(s, high, to_the_right));
  return vmin_s8(vmax_s8(vqmovn_s16(vqaddq_s16(both, s->zero_point)), s->min), s->max);
}

static inline void all(const scaling *s, const int16_t *sums, const int32_t *wide, int32_t lanes,
                       int32_t to_the_right, int8_t *output) {
  const int32x4_t level = vdupq_n_s32(s->level);

  if (sums) {
    for (int32_t lane = 0; lane < lanes; lane += 8) {
      const int16x8_t sum = vld1q_s16(sums + lane);
      const int32x4_t low = vmlal_n_s16(s->add, vget_low_s16(sum), s->level);
      vst1_s8(output + lane, eight(s, low, vmlal_high_n_s16(s->add, sum, s->level), to_the_right));
    }
    return;
  }
  for (int32_t lane = 0; lane < lanes; lane += 8) {
    const int32x4_t low = vmlaq_s32(s->add, vld1q_s32(wide + lane), level);
    const int32x4_t high = vmlaq_s32(s->add, vld1q_s32(wide + lane + 4), level);
    vst1_s8(output + lane, eight(s, low, high, to_the_right));
  }
}

#endif

void tq_neon_table_scale(const tq_conv_params *params, const int32_t *bias, int32_t channel, int32_t zero_sum,
                         const int16_t *sums, const int32_t *wide, int32_t lanes, int8_t *output) {
  const tq_scaling t = tq_conv_scaling(params, bias);
#if TQ_NEON
  const int32_t level = t.levels ? t.levels[channel] : 1, right = t.shift[channel] < 0;
  const scaling s = {vdupq_n_s32((bias ? bias[channel] : 0) - zero_sum * level),
                     vdupq_n_s32(t.multiplier[channel]),
                     vdupq_n_s32(t.shift[channel]),
                     vdupq_n_s16((int16_t)t.zero_point),
                     vdup_n_s8((int8_t)t.min),
                     vdup_n_s8((int8_t)t.max),
                     (int16_t)level};

  if (right) {
    all(&s, sums, wide, lanes, 1, output);
  } else {
    all(&s, sums, wide, lanes, 0, output);
  }
#else
  for (int32_t lane = 0; lane < lanes; lane++) {
    const int32_t sum = (sums ? sums[lane] : wide[lane]) - zero_sum;
    tq_outputs(&t, channel, 1, &sum, output + lane);
  }
#endif
}
