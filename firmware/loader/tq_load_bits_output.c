#include "tq_load_bits.h"

#define MAX_BIAS_SHIFT 24 /* tinyq/graph/lower_bits_output.py */

/* Thresholds within the range of any sum of so many products, and one more below: always or never exceeded. */
static void load_packed(tq_loading *loading, const tq_bits_layer *layer, tq_bits_output *output) {
  const int64_t products = (int64_t)layer->taps * (layer->interleaved ? 1 : layer->row_channels);
  const int64_t largest = products * tq_top_code(layer->x_levels) * tq_top_code(layer->w_levels);
  const int32_t each = layer->out_levels - 1;

  tq_integer_option(loading, "fused_activation_function", TQ_ACTIVATION_NONE, TQ_ACTIVATION_NONE);
  const tq_loader_tensor *const thresholds = tq_constant(loading, 2, "thresholds", TQ_ELEMENT_INT32);
  if (tq_refused(loading)) return;
  if (thresholds->rank != 2 || thresholds->shape[0] != layer->channels || thresholds->shape[1] != each) {
    tq_refuse(loading, TQ_BAD_TENSOR, "thresholds %t have not the shape [%i, %i]: output channels, out_levels - 1",
              thresholds, (int64_t)layer->channels, (int64_t)each);
  }
  tq_check_thresholds(loading, thresholds, each, -largest - 1, largest);
  output->levels = layer->out_levels;
  output->thresholds = thresholds->data;
  output->flip = tq_flip(loading, 3, layer->channels);
}

tq_bits_kind tq_load_bits_output(tq_loading *loading, const tq_bits_layer *layer, tq_bits_output *output) {
  static const tq_element types[] = {TQ_ELEMENT_INT32, TQ_ELEMENT_INT8, TQ_ELEMENT_FLOAT32, TQ_ELEMENT_ABSENT};
  const tq_element type = tq_output_type(loading, types);
  const int32_t bias_shift =
      tq_integer_option(loading, "bias_shift", 0, type == TQ_ELEMENT_INT8 ? MAX_BIAS_SHIFT : 0);

  *output = (tq_bits_output){0};
  if (!tq_refused(loading) && (type == TQ_ELEMENT_INT32) != (layer->out_levels > 0)) {
    tq_refuse(loading, TQ_BAD_OPTION, "option out_levels is %i, but output %t is %s", (int64_t)layer->out_levels,
              &loading->node->outputs[0], tq_element_name(type));
  }
  for (int32_t i = 0; i < layer->channels && !tq_refused(loading); i++) {
    tq_check_accumulator(loading, tq_bits_peak(layer, i), 0);
  }
  if (tq_refused(loading)) return TQ_BITS_PACKED;
  if (type == TQ_ELEMENT_INT32) {
    load_packed(loading, layer, output);
    return TQ_BITS_PACKED;
  }
  if (type == TQ_ELEMENT_INT8) {
    tq_load_bits_int8(loading, layer, bias_shift, output);
    return TQ_BITS_INT8;
  }
  tq_load_bits_float(loading, layer, output);
  return TQ_BITS_FLOAT32;
}
