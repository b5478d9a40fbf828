#include "tq_bits.h"
#include "tq_sliced_dense.h"
#include "tq_sliced_depthwise.h"

/* A row of outputs from digits of D: lanes 4 * i + k have four digits in a word. */
static void store_sums(const tq_sliced_word_output *out, const uint32_t *counts, const tq_sliced *layer,
                       tq_store_sum *store, int32_t position) {
  const int32_t first = out->word * TQ_WORD_BITS, rest = layer->dims->output.c - first;
  const int32_t some = rest < TQ_WORD_BITS ? rest : TQ_WORD_BITS;
  const int32_t largest = layer->largest, divisor = layer->divisor;
  uint32_t fields[TQ_SLICED_DIGITS];
  int32_t sums[TQ_WORD_BITS];

  for (int32_t i = 0; i < out->digits; i += 4, counts += 4) {
    for (int32_t k = 0; k < 4; k++) {
      fields[i + k] = (counts[0] >> k & 0x11111111u) | (counts[1] >> k & 0x11111111u) << 1 |
                      (counts[2] >> k & 0x11111111u) << 2 | (counts[3] >> k & 0x11111111u) << 3;
    }
  }
  for (int32_t c = 0; c < some; c++) {
    uint32_t differing = fields[c % 4] >> c / 4 * 4 & 15u;
    for (int32_t i = 4; i < out->digits; i += 4) differing |= (fields[i + c % 4] >> c / 4 * 4 & 15u) << i;
    sums[c] = largest - 2 * (int32_t)differing;
    if (divisor > 1) sums[c] /= divisor;
  }
  tq_sliced_store_row(layer->params, layer->bias, position, layer->dims->output.c, first, some, sums, store,
                      layer->output);
}

void tq_sliced_put_counts(const tq_sliced *layer, const tq_sliced_word_output *to, const uint32_t *counts,
                       tq_store_sum *store, int32_t position, int32_t row) {
  if (TQ_TAKES(TQ_USED_DEPTHWISE_PACKED, TQ_USED_DEPTHWISE_SUMS, to->limits != NULL)) {
    tq_sliced_put_word(to, counts, (int32_t *)layer->output + position * row);
  } else {
    store_sums(to, counts, layer, store, position);
  }
}
