#include <float.h>
#include <math.h>

#include "tq_load_lce.h"

void tq_lce_padding(tq_loading *loading, tq_element output, int32_t channels_in, tq_lce_bconv_params *params) {
  const int32_t pad_values = tq_integer_option(loading, "pad_values", 0, 1);
  const int32_t padding = tq_integer_option(loading, "padding", TQ_PADDING_SAME, TQ_PADDING_VALID);
  const int32_t kind =
      tq_integer_option(loading, "fused_activation_function", TQ_ACTIVATION_NONE, TQ_ACTIVATION_RELU6);
  const int nearest = padding == TQ_PADDING_VALID || pad_values == 1;

  params->pad_value = nearest;
  params->corrected = !nearest && output == TQ_ELEMENT_FLOAT32 && kind == TQ_ACTIVATION_NONE;
  if (nearest || params->corrected || channels_in % 2 == 0) return;
  tq_refuse(loading, TQ_BAD_OPTION, "zero padding of %i channels, an odd number, works with float32 output without "
            "activation only: pad with ones", (int64_t)channels_in);
}

void tq_lce_clamp(tq_loading *loading, int32_t products, tq_lce_bconv_params *params) {
  const int32_t kind =
      tq_integer_option(loading, "fused_activation_function", TQ_ACTIVATION_NONE, TQ_ACTIVATION_RELU6);
  const int32_t one = kind == TQ_ACTIVATION_RELU_N1_TO_1;
  const int32_t bound = one ? 1 : 6, low = one ? 1 : 0; /* the sum lies within -low and bound */

  params->clamp_min = 0;
  params->clamp_max = 2 * products;
  if (kind != TQ_ACTIVATION_NONE) params->clamp_max = products + low;
  if (kind == TQ_ACTIVATION_RELU6 || one) params->clamp_min = products > bound ? products - bound : 0;
}

const void *tq_lce_per_channel(tq_loading *loading, int32_t position, const char *role, tq_element element,
                               int32_t channels) {
  const tq_loader_tensor *const tensor = tq_constant(loading, position, role, element);

  if (!tq_refused(loading) && (tensor->rank != 1 || tensor->shape[0] != channels)) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%s %t has not the shape [%i]", role, tensor, (int64_t)channels);
  }
  return tensor->data;
}

void tq_lce_transform(tq_loading *loading, tq_element output, int32_t channels, int32_t products,
                      tq_lce_bconv_params *params) {
  const float *const gains = tq_lce_per_channel(loading, 2, "multiplier", TQ_ELEMENT_FLOAT32, channels);
  const float *const shifts = tq_lce_per_channel(loading, 3, "bias", TQ_ELEMENT_FLOAT32, channels);
  tq_affine affine = {1.0, 0};

  if (output == TQ_ELEMENT_INT8) affine = tq_affine_of(loading, tq_output(loading, output));
  float *const multiplier = tq_new(loading, 2 * (size_t)channels * sizeof(float));
  if (multiplier == NULL) return;
  for (int32_t i = 0; i < channels; i++) {
    /* A statement for each rounding: nothing may be fused. */
    const double gain = (double)gains[i];
    const double gained = products * gain;
    const double sum = (double)shifts[i] + gained;
    const double scaled = sum / affine.scale;
    const double factor = -gain / affine.scale, bias = scaled + affine.zero_point;
    const double reach = fabs(factor) < (double)FLT_MAX ? fabs((double)(float)factor) * 2 * products : INFINITY;
    if (!(fabs(bias) < (double)FLT_MAX) || !(reach + fabs((double)(float)bias) < (double)FLT_MAX)) {
      tq_refuse(loading, TQ_BAD_WEIGHTS, "multiplier %t and bias %t give outputs that are no finite float32 numbers",
                &loading->node->inputs[2], &loading->node->inputs[3]);
      return;
    }
    multiplier[i] = (float)factor;
    multiplier[channels + i] = (float)bias;
  }
  params->multiplier = multiplier;
  params->bias = multiplier + channels;
}
