#include "tq_bits.h"
#include "tq_never_between.h"
#include "tq_sliced.h"

#define LANES TQ_SLICED_MARKS
#define MOST_PLANES 8

/* The lanes whose D is at most what makes their sum exceed the threshold. */
static inline uint32_t exceed(const uint32_t *sums, int32_t largest, int32_t divisor, int32_t threshold) {
  const int32_t inside = threshold > largest ? largest : threshold < -largest - 1 ? -largest - 1 : threshold;
  const int32_t most = (largest - (divisor > 1 ? inside * divisor : inside) - 1) >> 1;
  const uint32_t clamped = (uint32_t)(most < -1 ? -1 : most > largest ? largest : most);

  return tq_sliced_at_most(sums, clamped);
}

/* Planes of the codes of a channel's lanes, 32 words apart. */
static void code_planes(const tq_sliced *layer, int32_t o, const uint32_t *sums, uint32_t *planes) {
  const tq_bits_output *const how = layer->params;
  const int32_t *const thresholds = how->thresholds + o * (how->levels - 1);
  const int32_t count = tq_bits_planes(how->levels);
  const uint32_t lowest = how->flip && how->flip[o] ? 0 : LANES; /* plane bits of number 0 */

  for (int32_t m = 0; m < count; m++) planes[TQ_WORD_BITS * m] = lowest;
  for (int32_t i = 0; i < how->levels - 1; i++) {
    uint32_t carry = exceed(sums, layer->largest, layer->divisor, thresholds[i]);
    for (int32_t m = 0; m < count; m++) { /* count up, or from all ones down */
      const uint32_t before = planes[TQ_WORD_BITS * m];
      planes[TQ_WORD_BITS * m] = before ^ carry;
      carry &= before ^ lowest;
    }
  }
}

/* The same for three levels: number 0, 1, 2 is below the first, between, above the second threshold. */
static void code_ternary(const tq_sliced *layer, int32_t o, const uint32_t *sums, uint32_t *planes) {
  const tq_bits_output *const how = layer->params;
  const int32_t *const thresholds = how->thresholds + 2 * o;
  const uint32_t first = exceed(sums, layer->largest, layer->divisor, thresholds[0]);
  const uint32_t second = exceed(sums, layer->largest, layer->divisor, thresholds[1]);

  planes[TQ_WORD_BITS] = how->flip && how->flip[o] ? second : first ^ LANES;
  planes[0] = (first ^ second) ^ LANES;
}

/* The same for two levels, or three whose thresholds, `cuts` of them, are one. */
static void code_signs(const tq_sliced *layer, int32_t first, int32_t end, int32_t cuts, const uint32_t *sums,
                       uint32_t *marks) {
  const tq_bits_output *const how = layer->params;
  const int32_t largest = layer->largest, divisor = layer->divisor;
  const int32_t *const thresholds = how->thresholds;
  const int8_t *const flip = how->flip;

  for (; first < end; first++, sums += TQ_SLICED_SUMS) {
    const uint32_t lanes = exceed(sums, largest, divisor, thresholds[cuts * first]);
    *marks++ = flip && flip[first] ? lanes : lanes ^ LANES;
  }
}

void tq_sliced_store_bits(const tq_sliced *layer, int32_t first, int32_t end, const uint32_t *sums) {
  const tq_bits_output *const how = layer->params;
  const int32_t planes = tq_bits_planes(how->levels), words = tq_bits_words(layer->dims->output.c);
  const int to_ternary = TQ_TAKES(TQ_USED_TO_TERNARY, TQ_USED_TO_PLANES, how->levels == 3);

  for (; first < end; first += TQ_WORD_BITS) {
    uint32_t marks[MOST_PLANES * TQ_WORD_BITS], rows[16];
    const int32_t some = end - first < TQ_WORD_BITS ? end - first : TQ_WORD_BITS;
    const int32_t signs = to_ternary && tq_never_between(how->thresholds + 2 * first, some);
    int32_t *word = (int32_t *)layer->output + layer->block.first * planes * words + first / TQ_WORD_BITS;
    for (int32_t i = 0; some < TQ_WORD_BITS && i < planes * TQ_WORD_BITS; i++) marks[i] = 0;
    if ((TQ_USED_TO_SIGNS && how->levels == 2) || (TQ_USED_TO_TERNARY && signs)) {
      code_signs(layer, first, first + some, planes, sums, marks + TQ_WORD_BITS * signs);
    } else if (TQ_USED_TO_TERNARY || TQ_USED_TO_PLANES) {
      for (int32_t i = 0; i < some; i++) {
        (to_ternary ? code_ternary : code_planes)(layer, first + i, sums + i * TQ_SLICED_SUMS, marks + i);
      }
    }
    sums += some * TQ_SLICED_SUMS;
    for (int32_t p = 0; signs && p < layer->block.count; p++) {
      word[p * planes * words] = (int32_t)(UINT32_MAX >> (TQ_WORD_BITS - some));
    }
    word += signs * words;
    for (int32_t m = signs; m < planes; m++, word += words) {
      tq_sliced_transpose(marks + TQ_WORD_BITS * m, rows);
      for (int32_t p = 0; p < layer->block.count; p++) word[p * planes * words] = (int32_t)rows[p];
    }
  }
}
