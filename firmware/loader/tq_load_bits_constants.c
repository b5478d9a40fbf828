#include <math.h>

#include "tq_load_bits.h"

const void *tq_bits_bias(tq_loading *loading, const tq_bits_layer *layer, tq_element element) {
  if (tq_is_absent(loading, 2)) return NULL;
  const tq_loader_tensor *const bias = tq_constant(loading, 2, "bias", element);
  if (tq_refused(loading)) return NULL;
  if (tq_size(bias) != layer->channels) {
    tq_refuse(loading, TQ_BAD_TENSOR, "bias %t has not %i elements", bias, (int64_t)layer->channels);
  } else if (element == TQ_ELEMENT_FLOAT32) {
    const float *const values = bias->data;
    for (int32_t i = 0; i < layer->channels; i++) {
      if (!isfinite(values[i])) tq_refuse(loading, TQ_BAD_WEIGHTS, "bias %t holds a value that is not finite", bias);
    }
  }
  return tq_refused(loading) ? NULL : bias->data;
}

/* The scales that the weights have, or (where none of their axes has as many elements) input 3. */
static const float *found_scales(tq_loading *loading, const tq_loader_tensor *weights, int32_t *count) {
  *count = weights->scale_count;
  if (!tq_is_absent(loading, 3)) {
    const tq_loader_tensor *const scales = tq_constant(loading, 3, "scales", TQ_ELEMENT_FLOAT32);
    if (weights->scale_count > 0 || weights->zero_point_count > 0) {
      tq_refuse(loading, TQ_BAD_SCALE, "packed weights %t have scales, and input 3 %t holds scales", weights, scales);
    }
    *count = tq_refused(loading) ? 0 : (int32_t)tq_size(scales);
    return scales->data;
  }
  for (int32_t i = 0; i < weights->zero_point_count; i++) {
    if (weights->zero_point[i] != 0) {
      tq_refuse(loading, TQ_BAD_SCALE, "packed weights %t have a zero point other than 0", weights);
    }
  }
  return weights->scale;
}

const float *tq_bits_scales(tq_loading *loading, const tq_bits_layer *layer, int32_t *count) {
  static const float one = 1.0f;

  *count = 1;
  if (tq_refused(loading)) return &one;
  const float *const scales = found_scales(loading, layer->weights, count);
  if (*count != 1 && *count != layer->channels) {
    tq_refuse(loading, TQ_BAD_SCALE, "packed weights %t have %i scales, needed are 1 or %i", layer->weights,
              (int64_t)*count, (int64_t)layer->channels);
  }
  for (int32_t i = 0; i < *count && !tq_refused(loading); i++) {
    if (!isfinite(scales[i]) || !(scales[i] > 0)) {
      tq_refuse(loading, TQ_BAD_SCALE, "packed weights %t have a scale that is not above 0 and finite",
                layer->weights);
    }
  }
  return scales;
}
