#include "tq_dsp_fir.h"

static int32_t weight_of(const int8_t *weights, int32_t step, int32_t taps) {
  int32_t weight = 0;

  for (; taps > 0; taps--, weights += step) weight += *weights < 0 ? -*weights : *weights;
  return weight;
}

/* sum: of the filter. */
static int is_parted(const int8_t *weights, int32_t step, int32_t taps, int coded, int32_t sum) {
  const tq_dsp_fir_parts parts = tq_dsp_fir_parts_of(coded);
  const int32_t weight = taps > parts.taps ? weight_of(weights, step, taps) : 0;

  if (coded && weight == 128) return sum == -128;
  return weight > parts.weight;
}

/* Each returns the sum of the filter. */
static int32_t put_codes(const int8_t *codes, int32_t step, int32_t taps, uint32_t *word) {
  uint32_t *const end = word + tq_dsp_fir_words_of(taps, 1);
  int32_t sum = 0;

  for (; taps >= 3; taps -= 3, codes += 3 * step) {
    const int32_t first = codes[0], second = codes[step], third = codes[2 * step];
    *word++ = ((uint32_t)first << 30) + ((uint32_t)second << 15) + (uint32_t)third;
    sum += first + second + third;
  }
  for (; word < end; taps = 0) {
    const int32_t first = taps > 0 ? codes[0] : 0, second = taps > 1 ? codes[step] : 0;
    *word++ = ((uint32_t)first << 30) + ((uint32_t)second << 15);
    sum += first + second;
  }
  return sum;
}

static int32_t put_weights(const int8_t *weights, int32_t step, int32_t taps, uint32_t *word) {
  uint32_t *const end = word + tq_dsp_fir_words_of(taps, 0);
  int32_t sum = 0;

  for (; word < end; taps -= 2, weights += 2 * step) {
    const int32_t first = taps > 0 ? weights[0] : 0, second = taps > 1 ? weights[step] : 0;
    *word++ = ((uint32_t)first << 21) + (uint32_t)second;
    sum += first + second;
  }
  return sum;
}

void tq_dsp_fir_set(const tq_conv_params *params, const int32_t *bias, int32_t o, const int8_t *codes, int32_t step,
                    int32_t taps, int coded, tq_dsp_fir_filter *filter) {
  uint32_t *const words = tq_dsp_fir_words(filter);
  const int are_codes = TQ_TAKES(TQ_USED_CODES, TQ_USED_INT8, coded);
  const tq_dsp_fir_parts parts = tq_dsp_fir_parts_of(are_codes);
  const int32_t sum = are_codes ? put_codes(codes, step, taps, words) : put_weights(codes, step, taps, words);

  filter->parted = is_parted(codes, step, taps, are_codes, sum);
  /* What is added to the parts is like 128 taps more, at most. */
  filter->quick = tq_dsp_set_scales(params, bias, o, 1, taps + 128, &sum, 1, &filter->scale);
  if (filter->quick) filter->scale.bias -= parts.added * filter->scale.level;
}
