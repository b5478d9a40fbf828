#include "tq_mve_depthwise_bits.h"

#if TQ_MVE

void tq_mve_depthwise_lay(tq_mve_depthwise_bits *d) {
  const int32_t words = d->to.words, levels = d->layer->w_levels, row = tq_bits_planes(levels) * words;
  const int32_t *at = d->layer->weights + d->to.word;
  uint32_t *to = d->weights;

  for (int32_t tap = 0; tap < d->taps; tap++, at += row, to += TQ_MVE_QUAD) {
    uint32_t first = (uint32_t)at[0], second = levels > 2 ? (uint32_t)at[words] : 0;
    if (levels == 3) first = second | ~first; /* there, minus -> two signs */
    vstrwq_u32(to, vdupq_n_u32(d->twice ? tq_mve_apart(first) : first));
    if (levels > 2) vstrwq_u32(to + TQ_MVE_QUAD * d->taps, vdupq_n_u32(d->twice ? tq_mve_apart(second) : second));
  }
}

#else

/* Not called: tq_mve_depthwise_conv_bits goes another way. */
void tq_mve_depthwise_lay(tq_mve_depthwise_bits *d) {
  (void)d;
}

#endif
