#include "tq_mve_depthwise_bits.h"
#include "tq_mve_flips.h"

#if TQ_MVE

void tq_mve_depthwise_set_limits(tq_mve_depthwise_bits *d) {
  const tq_bits_output *const how = d->to.how;
  const int32_t channels = d->layer->dims->output.c, first = d->to.word * TQ_WORD_BITS, rest = channels - first;

  d->to.flip = tq_mve_flips(how->flip ? how->flip + first : NULL, rest < TQ_WORD_BITS ? rest : TQ_WORD_BITS);
  tq_sliced_limits(&d->to, channels, d->layer->largest, d->layer->divisor);
  if (!d->twice) return;
  d->to.flip = tq_mve_apart(d->to.flip);
  for (int32_t i = 0; i < (how->levels - 1) * TQ_SLICED_DIGITS; i++) d->to.limits[i] = tq_mve_apart(d->to.limits[i]);
}

#else

/* Not called: tq_mve_depthwise_conv_bits goes another way. */
void tq_mve_depthwise_set_limits(tq_mve_depthwise_bits *d) {
  (void)d;
}

#endif
