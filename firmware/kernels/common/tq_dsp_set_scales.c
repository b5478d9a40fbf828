#include "tq_dsp_conv_2d.h"

/* Bias less the part of the input's zero point. */
static int64_t whole_bias(const tq_conv_params *params, const int32_t *bias, int32_t channel, int32_t level,
                          int32_t sum_of_weights) {
  return (bias ? bias[channel] : 0) - (int64_t)params->input_zero_point * level * sum_of_weights;
}

TQ_ONCE
int tq_dsp_set_scales(const tq_conv_params *params, const int32_t *bias, int32_t channel, int32_t count,
                      int32_t taps, const int32_t *sums_of_weights, int wanted, tq_dsp_scale *scales) {
  const int coded = params->levels != NULL && params->tables == NULL;
  const int32_t from_min = params->output_zero_point - params->activation_min; /* -255..255 */
  int quick = wanted;

  for (int32_t i = 0; i < count; i++) {
    const int32_t shift = params->shift[channel + i];
    tq_dsp_scale *const scale = scales + i;
    scale->multiplier = params->multiplier[channel + i];
    scale->level = coded ? params->levels[channel + i] : 1;
    const int64_t whole = whole_bias(params, bias, channel + i, scale->level, sums_of_weights[i]);
    const int64_t largest = (whole < 0 ? -whole : whole) + (int64_t)128 * 127 * taps;
    scale->bias = (int32_t)(uint32_t)whole;
    scale->shift = shift;
    /* -shift <= 22: rounding and zero point, < 2^30 + 2^22, and what is rounded, < 2^30, add up. */
    quick &= largest < 1 << 30 && shift < 0 && shift >= -22;
  }
  for (int32_t i = 0; quick && i < count; i++) {
    tq_dsp_scale *const scale = scales + i;
    scale->level *= 2;
    scale->bias *= 2;
    scale->shift = -scale->shift;
    scale->addend = (1 << (scale->shift - 1)) + from_min * (1 << scale->shift);
  }
  return quick;
}
