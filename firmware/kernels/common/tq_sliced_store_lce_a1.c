#include "tq_bits.h"
#include "tq_sliced_lce.h"

void tq_sliced_store_lce_a1(const tq_sliced *layer, int32_t first, int32_t end, const uint32_t *sums) {
  const tq_sliced_lce_output *const to = layer->params;
  const int32_t words = tq_bits_words(layer->dims->output.c);

  if (first % TQ_WORD_BITS != 0 || (end % TQ_WORD_BITS != 0 && end < layer->dims->output.c) ||
      (tq_sliced_mended(to->params) && tq_sliced_reaches_outside(layer))) {
    tq_sliced_store_lce(layer, first, end, sums);
    return;
  }
  for (; first < end; first += TQ_WORD_BITS) {
    const int32_t some = end - first < TQ_WORD_BITS ? end - first : TQ_WORD_BITS;
    int32_t *const word = (int32_t *)layer->output + layer->block.first * words + first / TQ_WORD_BITS;
    uint32_t marks[TQ_WORD_BITS], rows[16];
    for (int32_t i = 0; i < TQ_WORD_BITS; i++) marks[i] = 0;
    for (int32_t i = 0; i < some; i++, sums += TQ_SLICED_SUMS) { /* more than the threshold: not at most it */
      const int32_t threshold = to->params->thresholds[first + i];
      const int32_t most = threshold < -1 ? -1 : threshold > TQ_SLICED_LIMIT ? TQ_SLICED_LIMIT : threshold;
      marks[i] = tq_sliced_at_most(sums, (uint32_t)most) ^ TQ_SLICED_MARKS;
    }
    tq_sliced_transpose(marks, rows);
    for (int32_t p = 0; p < layer->block.count; p++) word[p * words] = (int32_t)rows[p];
  }
}
