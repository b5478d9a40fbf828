#include "tq_neon_depthwise_bits.h"

/* Word `word` of a row of channels, in all its places of a pattern. */
static void set(const tq_lanes_layer *layer, int32_t word, uint32_t bits, uint8_t *pattern) {
  for (uint8_t *at = pattern + 4 * word; at < pattern + layer->apart; at += layer->pixel) {
    const uint16_t half = (uint16_t)bits;
    if (layer->pixel == 2) {
      memcpy(at, &half, sizeof half);
    } else {
      memcpy(at, &bits, sizeof bits);
    }
  }
}

/* Of a word of channels. */
static void lay_limits(const tq_lanes_layer *layer, int32_t word) {
  const tq_bits_output *const how = &layer->params->output;
  const int32_t channels = layer->dims->output.c, rest = channels - word * TQ_WORD_BITS;
  const tq_sliced_word_output to = {.how = how, .word = word, .limits = layer->limits};
  uint32_t flip = 0;

  tq_sliced_limits(&to, channels, layer->largest, layer->divisor);
  for (int32_t i = 0; i < how->levels - 1; i++) {
    const uint32_t *const limits = to.limits + i * TQ_SLICED_DIGITS;
    uint32_t all = 0; /* channels whose D has too few digits not to be less */
    for (int32_t digit = layer->digits; digit < TQ_SLICED_DIGITS; digit++) all |= limits[digit];
    for (int32_t digit = 0; digit < layer->digits; digit++) {
      set(layer, word, limits[digit] | all, layer->below + (i * layer->digits + digit) * layer->apart);
    }
  }
  for (int32_t c = 0; how->flip && c < rest && c < TQ_WORD_BITS; c++) {
    flip |= (uint32_t)how->flip[word * TQ_WORD_BITS + c] << c;
  }
  set(layer, word, flip, layer->flip);
  set(layer, word, rest < TQ_WORD_BITS ? (1u << rest) - 1 : UINT32_MAX, layer->there);
}

/* Word i of a plane of a filter's row; of ternary ones that are to be two signs, of one of these. */
static uint32_t bits_of(const tq_lanes_layer *layer, const int32_t *row, int32_t words, int32_t plane, int32_t i) {
  if (layer->params->w_levels != 3 || layer->ternary) return (uint32_t)row[plane * words + i];
  return (uint32_t)row[words + i] | (plane ? ~(uint32_t)row[i] : 0);
}

void tq_neon_lay_patterns(tq_lanes_layer *layer, const int32_t *weights) {
  const int32_t words = tq_bits_words(layer->dims->filter.c), planes = tq_bits_planes(layer->params->w_levels);
  const int32_t first = layer->w_planes - planes;
  uint8_t *pattern = layer->weights;

  for (int32_t tap = 0; tap < layer->taps; tap++, weights += planes * words) {
    if (first > 0) memset(pattern, UINT8_MAX, (size_t)layer->apart); /* signs: none is 0 */
    pattern += first * layer->apart;
    for (int32_t m = 0; m < planes; m++, pattern += layer->apart) {
      for (int32_t i = 0; i < words; i++) set(layer, i, bits_of(layer, weights, words, m, i), pattern);
    }
  }
  for (int32_t word = 0; layer->below && word < words; word++) lay_limits(layer, word);
}
