#include "tq_dsp_fir.h"

static int32_t count_ones(const int8_t *codes, int32_t step, int32_t taps) {
  int32_t ones = 0;

  for (; taps > 0; taps--, codes += step) ones += *codes != 0;
  return ones;
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
    *word++ = tq_lanes(first, second);
    sum += first + second;
  }
  return sum;
}

void tq_dsp_fir_set(const tq_conv_params *params, const int32_t *bias, int32_t o, const int8_t *codes, int32_t step,
                    int32_t taps, int coded, tq_dsp_fir_filter *filter) {
  uint32_t *const words = tq_dsp_fir_words(filter);

  filter->ones = coded && taps > TQ_DSP_FIR_ONES ? count_ones(codes, step, taps) : taps;
  if (TQ_TAKES(TQ_USED_CODES, TQ_USED_INT8, coded)) {
    const int32_t sum = put_codes(codes, step, taps, words);
    /* What is added to the parts is like 128 taps more. */
    filter->quick = tq_dsp_set_scales(params, bias, o, 1, taps + 128, &sum, &filter->scale);
    if (filter->quick) filter->scale.bias -= TQ_DSP_FIR_ADDED * filter->scale.level;
  } else {
    const int32_t sum = put_weights(codes, step, taps, words);
    filter->quick = tq_dsp_set_scales(params, bias, o, 1, taps, &sum, &filter->scale);
  }
}
