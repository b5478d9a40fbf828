#include "tq_mve.h"
#include "tq_mve_sliced.h"

void tq_mve_sliced_see(tq_mve_sliced *s, int32_t tap) {
  const tq_sliced *const layer = s->layer;
  const tq_dims in = layer->dims->input;
  const int32_t row = tq_bits_row(in.c, layer->x_levels), columns = layer->dims->filter.w;
  const int32_t down = tap / columns * layer->dilation_h, right = tap % columns * layer->dilation_w;
  /* Unsigned: where it would leave int32_t, the tap is outside, and it is not used. */
  const uint32_t step = ((uint32_t)down * (uint32_t)in.w + (uint32_t)right) * (uint32_t)row + (uint32_t)s->group_word;

#if TQ_MVE
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i += 4) {
    const uint32x4_t y = vreinterpretq_u32_s32(vaddq_n_s32(vldrwq_s32(s->y0 + i), down));
    const uint32x4_t x = vreinterpretq_u32_s32(vaddq_n_s32(vldrwq_s32(s->x0 + i), right));
    const mve_pred16_t outside = vcmpcsq_n_u32(y, (uint32_t)in.h) | vcmpcsq_n_u32(x, (uint32_t)in.w);
    const int32x4_t place = vaddq_n_s32(vldrwq_s32(s->start + i), (int32_t)step);
    vstrwq_s32(s->seen + i, vpselq_s32(vdupq_n_s32(-1), place, outside));
  }
#else
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) {
    const uint32_t y = (uint32_t)(s->y0[i] + down), x = (uint32_t)(s->x0[i] + right);
    const int32_t inside = y < (uint32_t)in.h && x < (uint32_t)in.w;
    s->seen[i] = inside ? (int32_t)((uint32_t)s->start[i] + step) : -1;
  }
#endif
  s->seen_tap = tap;
}
