#include "tq_mve_depthwise_bits.h"
#include "tq_mve_rows.h"

#if TQ_MVE

void tq_mve_depthwise_set_table(tq_mve_depthwise_bits *d) {
  const tq_bits_output *const how = d->layer->params;
  const tq_mve_layer layer = {how->multiplier,     how->shift, NULL, d->layer->bias, 0, how->zero_point,
                              how->activation_min, how->activation_max};
  const int32_t first = d->to.word * TQ_WORD_BITS, rest = d->layer->dims->output.c - first;
  const int32_t count = rest < TQ_WORD_BITS ? rest : TQ_WORD_BITS, largest = d->layer->largest;

  for (int32_t i = 0; i <= largest; i++) d->sums[i] = (largest - 2 * i) / d->layer->divisor * (1 << how->bias_shift);
  for (int32_t c = 0; c < count; c++) {
    int8_t *const to = d->table + (d->twice ? c % 2 * 16 + c / 2 : c);
    tq_mve_outputs_along(&layer, first + c, 0, largest + 1, d->sums, to, TQ_WORD_BITS);
  }
}

#else

/* Not called: tq_mve_depthwise_conv_bits goes another way. */
void tq_mve_depthwise_set_table(tq_mve_depthwise_bits *d) {
  (void)d;
}

#endif
