#include "tq_load_bits.h"

void tq_load_bits_int8(tq_loading *loading, const tq_bits_layer *layer, int32_t bias_shift, tq_bits_output *output) {
  const size_t channels = (size_t)layer->channels;
  const tq_affine to = tq_affine_of(loading, tq_output(loading, TQ_ELEMENT_INT8));
  const int32_t *const bias = tq_bits_bias(loading, layer, TQ_ELEMENT_INT32);
  const double source = tq_packed_scale(loading, layer->source);
  const double unit = (double)((int32_t)1 << bias_shift) * to.scale;
  int32_t count = 1;
  const float *const scales = tq_bits_scales(loading, layer, &count);

  output->bias_shift = bias_shift;
  output->zero_point = to.zero_point;
  tq_activation_range(loading, to, &output->activation_min, &output->activation_max);
  int32_t *const multiplier = tq_new(loading, channels * (sizeof(int32_t) + sizeof(int8_t)));
  if (multiplier == NULL) return;
  int8_t *const shift = (int8_t *)(multiplier + channels);
  for (int32_t i = 0; i < layer->channels && !tq_refused(loading); i++) {
    const double scaled = source * (double)scales[count == 1 ? 0 : i];
    int64_t worst = tq_bits_peak(layer, i) << bias_shift;
    if (bias != NULL) worst += bias[i] < 0 ? -(int64_t)bias[i] : bias[i];
    tq_quantize_multiplier(loading, scaled / unit, &multiplier[i], &shift[i]);
    tq_check_accumulator(loading, worst, shift[i]);
  }
  output->multiplier = multiplier;
  output->shift = shift;
}
