#include "tq_load_bits.h"

void tq_load_bits_layer(tq_loading *loading, int32_t rank, int32_t row_channels, tq_bits_layer *layer) {
  *layer = (tq_bits_layer){.row_channels = row_channels, .channels = 1, .taps = 1};
  tq_check_counts(loading, 3, 4);
  layer->x_levels = tq_levels_option(loading, "x_levels");
  layer->w_levels = tq_levels_option(loading, "w_levels");
  if (tq_integer_option(loading, "out_levels", 0, INT32_MAX) != 0) {
    layer->out_levels = tq_levels_option(loading, "out_levels");
  }
  layer->weights = tq_constant(loading, 1, "packed weights", TQ_ELEMENT_INT32);
  if (tq_refused(loading)) return;
  const int32_t size = tq_packed_size(row_channels, layer->w_levels);
  if (layer->weights->rank != rank || tq_last_axis(layer->weights) != size) {
    tq_refuse(loading, TQ_BAD_TENSOR,
              "packed weights %t have not %i axes, the last of %i words: %i channels, %i levels", layer->weights,
              (int64_t)rank, (int64_t)size, (int64_t)row_channels, (int64_t)layer->w_levels);
  }
  tq_check_codes(loading, "packed weights", layer->weights, row_channels, layer->w_levels);
}

tq_dims tq_bits_filter(tq_loading *loading, const tq_bits_layer *layer) {
  tq_dims filter = tq_image(loading, layer->weights);
  const int32_t height = tq_integer_option(loading, "filter_height", 1, INT32_MAX);
  const int32_t width = tq_integer_option(loading, "filter_width", 1, INT32_MAX);

  if (!tq_refused(loading) && (filter.h != height || filter.w != width)) {
    tq_refuse(loading, TQ_BAD_OPTION, "filter_height %i, filter_width %i, but packed weights %t", (int64_t)height,
              (int64_t)width, layer->weights);
  }
  filter.c = layer->row_channels;
  return filter;
}

int64_t tq_bits_peak(const tq_bits_layer *layer, int32_t channel) {
  const int32_t row_words = tq_packed_size(layer->row_channels, layer->w_levels);
  const int32_t first = layer->interleaved ? channel : 0;
  const int32_t last = layer->interleaved ? channel : layer->row_channels - 1;
  const int32_t *row = layer->weights->data;
  int64_t sum = 0;

  if (!layer->interleaved) row += (int64_t)channel * layer->taps * row_words;
  for (int32_t tap = 0; tap < layer->taps; tap++, row += row_words) {
    for (int32_t c = first; c <= last; c++) sum += tq_code_magnitude(row, layer->row_channels, layer->w_levels, c);
  }
  return sum * tq_top_code(layer->x_levels);
}

int32_t tq_bits_last_axis(const tq_bits_layer *layer) {
  return layer->out_levels == 0 ? layer->channels : tq_packed_size(layer->channels, layer->out_levels);
}

const tq_loader_tensor *tq_bits_declared(tq_loading *loading, tq_bits_kind kind) {
  static const tq_element elements[] = {TQ_ELEMENT_INT32, TQ_ELEMENT_INT8, TQ_ELEMENT_FLOAT32};
  return tq_output(loading, elements[kind]);
}
