#include <math.h>

#include "tq_packed_weights.h"

/* The magnitude of weight `index` of a channel of this level. */
static int32_t magnitude_at(const tq_packed_weights *weights, int32_t level, int64_t index) {
  static const int32_t power[5] = {81, 27, 9, 3, 1};
  uint32_t code = 0;

  if (weights->scheme == 1) return level;
  if (weights->scheme == 0) {
    const int32_t digits = weights->packed[index / 5] * 243 / 256; /* v of tq_kernels.h */
    return digits / power[index % 5] % 3 == 1 ? 0 : level;
  }
  for (int64_t i = 0, bit = index * weights->scheme; i < weights->scheme; i++, bit++) {
    code |= ((uint32_t)weights->packed[bit / 8] >> bit % 8 & 1u) << i;
  }
  const int32_t value = weights->tables[(level << weights->scheme) + (int32_t)code];
  return value < 0 ? -value : value;
}

int64_t tq_magnitude(const tq_packed_weights *weights, int32_t channel) {
  int64_t index = (int64_t)channel * weights->next_channel, sum = 0;

  for (int32_t i = 0; i < weights->each; i++, index += weights->next_weight) {
    sum += magnitude_at(weights, weights->levels[channel], index);
  }
  return sum;
}

/* TFLite refuses a dense layer whose bias has another scale than its sums. */
static void check_bias_scale(tq_loading *loading, const tq_packed_weights *weights, double exact, double output) {
  const tq_loader_tensor *bias = weights->bias;

  if (bias == NULL || bias->scale_count != 1) return;
  if (!(fabs(exact - (double)bias->scale[0]) <= 0.02 * output)) {
    tq_refuse(loading, TQ_BAD_SCALE, "bias %t has not the scale of input times weights", bias);
  }
}

void tq_load_rescaling(tq_loading *loading, const tq_packed_weights *weights, tq_affine input, tq_affine output,
                       int dense, const int32_t **multiplier, const int8_t **shift) {
  const size_t channels = (size_t)weights->channels;
  int32_t *const multipliers = tq_new(loading, channels * (sizeof(int32_t) + sizeof(int8_t)));

  if (tq_refused(loading)) return;
  int8_t *const shifts = (int8_t *)(multipliers + channels);
  const int one_product = dense && weights->one_scale;
  const int32_t *const bias = weights->bias == NULL ? NULL : weights->bias->data;
  if (one_product) check_bias_scale(loading, weights, input.scale * (double)weights->scales[0], output.scale);
  for (int32_t i = 0; i < weights->channels && !tq_refused(loading); i++) {
    const float scale = weights->scales[weights->one_scale ? 0 : i];
    const float product = (float)input.scale * scale;
    const double sum_scale = one_product ? (double)product : input.scale * (double)scale;
    int64_t worst = tq_magnitude(weights, i) * tq_centred_peak(input);
    if (bias != NULL) worst += bias[i] < 0 ? -(int64_t)bias[i] : bias[i];
    tq_quantize_multiplier(loading, sum_scale / output.scale, &multipliers[i], &shifts[i]);
    tq_check_accumulator(loading, worst, shifts[i]);
  }
  *multiplier = multipliers;
  *shift = shifts;
}
