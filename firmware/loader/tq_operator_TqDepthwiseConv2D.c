#include "tinyq/tq_kernels.h"
#include "tq_best_kernels.h"
#include "tq_load_conv.h"

static const tq_conv_variant variants[TQ_SCHEMES] = {
    {tq_depthwise_conv_2d_a8wt_best, tq_depthwise_conv_2d_a8wt_best_scratch},
    {tq_depthwise_conv_2d_a8w1_best, tq_depthwise_conv_2d_a8w1_best_scratch},
    {tq_depthwise_conv_2d_a8w2_best, tq_depthwise_conv_2d_a8w2_best_scratch},
    {tq_depthwise_conv_2d_a8w3_best, tq_depthwise_conv_2d_a8w3_best_scratch},
    {tq_depthwise_conv_2d_a8w4_best, tq_depthwise_conv_2d_a8w4_best_scratch},
};

static void *load(tq_loading *loading) {
  tq_packed_weights weights;

  tq_check_options(loading, 11);
  tq_check_counts(loading, 5, 6);
  const tq_dims input = tq_image(loading, tq_input(loading, 0, TQ_ELEMENT_INT8));
  const int64_t multiplier = tq_integer_option(loading, "depth_multiplier", 1, INT32_MAX);
  const tq_dims filter = {
      1,
      tq_integer_option(loading, "filter_height", 1, INT32_MAX),
      tq_integer_option(loading, "filter_width", 1, INT32_MAX),
      tq_packed_channels(loading),
  };
  if (tq_refused(loading)) return NULL;
  if (filter.c != input.c * multiplier) {
    tq_refuse(loading, TQ_BAD_OPTION, "%i input channels, depth_multiplier %i, but %i output channels",
              (int64_t)input.c, multiplier, (int64_t)filter.c);
  }
  tq_load_packed_weights(loading, (int64_t)filter.h * filter.w, 1, &weights);
  return tq_load_conv(loading, variants, input, filter, &weights);
}

const tq_operator tq_operator_TqDepthwiseConv2D = {"TqDepthwiseConv2D", load, tq_run_conv};
