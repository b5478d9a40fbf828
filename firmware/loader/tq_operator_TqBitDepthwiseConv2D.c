#include "tq_best_kernels.h"
#include "tq_load_bits.h"

static const tq_bits_conv_variants variants = {
    .packed = tq_depthwise_conv_2d_bits_best,
    .int8 = tq_depthwise_conv_2d_bits_a8_best,
    .real = tq_depthwise_conv_2d_bits_f32_best,
    .scratch = {tq_depthwise_conv_2d_bits_best_scratch, tq_depthwise_conv_2d_bits_a8_best_scratch,
                tq_depthwise_conv_2d_bits_f32_best_scratch},
};

static void *load(tq_loading *loading) {
  tq_bits_layer layer;

  tq_check_options(loading, 16);
  const int32_t channels = tq_integer_option(loading, "channels_in", 1, INT32_MAX);
  const int32_t multiplier = tq_integer_option(loading, "depth_multiplier", 1, INT32_MAX / channels);
  tq_load_bits_layer(loading, 4, channels * multiplier, &layer);
  const tq_dims filter = tq_bits_filter(loading, &layer);
  const tq_dims input = tq_packed_image(loading, channels, layer.x_levels);
  if (tq_refused(loading)) return NULL;
  if (filter.n != 1) {
    tq_refuse(loading, TQ_BAD_TENSOR, "packed weights %t have not the shape [1, filter_height, filter_width, words]",
              layer.weights);
  }
  layer.source = &loading->node->inputs[0];
  layer.channels = filter.c;
  layer.taps = filter.h * filter.w;
  layer.interleaved = 1;
  return tq_load_bits_conv(loading, &variants, input, filter, &layer);
}

const tq_operator tq_operator_TqBitDepthwiseConv2D = {"TqBitDepthwiseConv2D", load, NULL};
