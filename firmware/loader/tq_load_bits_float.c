#include <float.h>
#include <math.h>

#include "tq_load_bits.h"

void tq_load_bits_float(tq_loading *loading, const tq_bits_layer *layer, tq_bits_output *output) {
  const int32_t kind =
      tq_integer_option(loading, "fused_activation_function", TQ_ACTIVATION_NONE, TQ_ACTIVATION_RELU6);
  const float *const bias = tq_bits_bias(loading, layer, TQ_ELEMENT_FLOAT32);
  const float source = (float)tq_packed_scale(loading, layer->source);
  int32_t count = 1;
  const float *const scales = tq_bits_scales(loading, layer, &count);
  float *const scale = tq_new(loading, (size_t)layer->channels * sizeof(float));

  if (scale == NULL) return;
  for (int32_t i = 0; i < layer->channels; i++) {
    scale[i] = source * scales[count == 1 ? 0 : i];
    const double product = (double)tq_bits_peak(layer, i) * (double)scale[i];
    const double worst = bias == NULL ? product : product + fabs((double)bias[i]);
    if (worst < (double)FLT_MAX / 2) continue;
    tq_refuse(loading, TQ_BAD_SCALE, "sums times scales, plus bias, leave float32: calibrate again");
    return;
  }
  const int around_zero = kind == TQ_ACTIVATION_RELU_N1_TO_1;
  output->scale = scale;
  output->real_min = kind == TQ_ACTIVATION_NONE ? -FLT_MAX : around_zero ? -1.0f : 0.0f;
  output->real_max = kind == TQ_ACTIVATION_RELU6 ? 6.0f : around_zero ? 1.0f : FLT_MAX;
}
