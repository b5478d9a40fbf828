#include "tq_mve_sliced.h"

/* D that a sum which exceeds a threshold has at most; -1: none does. */
static int32_t most_of(const tq_sliced *layer, int32_t threshold) {
  const int32_t largest = layer->largest, divisor = layer->divisor;
  const int32_t inside = threshold > largest ? largest : threshold < -largest - 1 ? -largest - 1 : threshold;
  const int32_t most = (largest - inside * divisor - 1) >> 1;

  return most < -1 ? -1 : most > largest ? largest : most;
}

void tq_mve_sliced_limits(tq_mve_sliced *s) {
  const tq_bits_output *const how = s->layer->params;
  const int32_t channels = s->layer->dims->output.c, thresholds = how->levels - 1;

  for (int32_t o = 0; o < channels; o++) {
    for (int32_t i = 0; i < thresholds; i++) {
      const int32_t most = most_of(s->layer, how->thresholds[o * thresholds + i]), byte = most - s->more;
      const int32_t clamped = byte < INT8_MIN ? INT8_MIN : byte > INT8_MAX ? INT8_MAX : byte; /* sums are less */
      s->limits[i * channels + o] = (int16_t)(s->bytes ? clamped : most);
    }
    if (o % TQ_WORD_BITS == 0) s->flips[o / TQ_WORD_BITS] = 0;
    if (how->flip) s->flips[o / TQ_WORD_BITS] |= (uint32_t)how->flip[o] << o % TQ_WORD_BITS;
  }
}
