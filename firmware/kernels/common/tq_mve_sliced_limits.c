#include "tq_mve_flips.h"
#include "tq_mve_sliced.h"

/* What a threshold is held against: (largest - threshold * divisor - 1) / 2 in [-1, largest], which D has at most where
 * the sum exceeds the threshold, and `more`, in [least, most]. */
typedef struct {
  int32_t largest, divisor, more, least, most;
} bounds;

#if !TQ_MVE
static int32_t limit_of(const bounds *b, int32_t threshold) {
  const int32_t inside = tq_clamp(threshold, -b->largest - 1, b->largest);
  const int32_t most = tq_clamp((b->largest - inside * b->divisor - 1) >> 1, -1, b->largest);

  return tq_clamp(most + b->more, b->least, b->most);
}
#endif

/* limits [count] of thresholds that are `step` apart. */
static void set_limits(const bounds *b, const int32_t *thresholds, int32_t step, int32_t count, int16_t *limits) {
#if TQ_MVE
  const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);
  const int32x4_t none = vdupq_n_s32(-1), all = vdupq_n_s32(b->largest), below = vdupq_n_s32(-b->largest - 1);
  const int32x4_t least = vdupq_n_s32(b->least), most = vdupq_n_s32(b->most);

  for (int32_t i = 0; i < count; i += 4) {
    const mve_pred16_t there = vctp32q((uint32_t)(count - i));
    int32x4_t x = vldrwq_gather_shifted_offset_z_s32(thresholds + i * step, places, there);
    x = vmulq_n_s32(vmaxq_s32(vminq_s32(x, all), below), b->divisor);
    x = vshrq_n_s32(vsubq_n_s32(vsubq_s32(all, x), 1), 1);
    x = vaddq_n_s32(vminq_s32(vmaxq_s32(x, none), all), b->more);
    vstrhq_p_s32(limits + i, vminq_s32(vmaxq_s32(x, least), most), there);
  }
#else
  for (int32_t i = 0; i < count; i++) limits[i] = (int16_t)limit_of(b, thresholds[i * step]);
#endif
}

void tq_mve_sliced_limits(tq_mve_sliced *s) {
  const tq_bits_output *const how = s->layer->params;
  const int32_t channels = s->layer->dims->output.c, thresholds = how->levels - 1, largest = s->layer->largest;
  /* One more: what is compared is less. D is at most `largest`, and bytes are less than INT8_MAX. */
  const bounds sums = {largest, s->layer->divisor, 1, 0, INT16_MAX};
  const bounds bytes = {largest, s->layer->divisor, 1 - s->more, INT8_MIN, INT8_MAX};

  for (int32_t i = 0; i < thresholds; i++) {
    set_limits(s->bytes ? &bytes : &sums, how->thresholds + i, thresholds, channels, s->limits + i * channels);
  }
  for (int32_t o = 0; o < channels; o += TQ_WORD_BITS) {
    const int32_t count = channels - o < TQ_WORD_BITS ? channels - o : TQ_WORD_BITS;
    s->flips[o / TQ_WORD_BITS] = tq_mve_flips(how->flip ? how->flip + o : NULL, count);
  }
}
