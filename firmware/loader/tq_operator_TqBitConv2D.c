#include "tinyq/tq_keeping_x86.h"
#include "tq_best_kernels.h"
#include "tq_load_bits.h"

static const tq_bits_conv_variants variants = {
    .packed = tq_conv_2d_bits_best,
    .int8 = tq_conv_2d_bits_a8_best,
    .real = tq_conv_2d_bits_f32_best,
    .scratch = {tq_conv_2d_bits_best_scratch, tq_conv_2d_bits_a8_best_scratch, tq_conv_2d_bits_f32_best_scratch},
#if defined(__x86_64__) && defined(__GNUC__)
    .packed_keeping = tq_conv_2d_bits_x86_keeping,
    .int8_keeping = tq_conv_2d_bits_a8_x86_keeping,
    .kept = tq_x86_kept_bits,
#endif
};

static void *load(tq_loading *loading) {
  tq_bits_layer layer;

  tq_check_options(loading, 16);
  const int32_t channels = tq_integer_option(loading, "channels_in", 1, INT32_MAX);
  const int32_t groups = tq_integer_option(loading, "groups", 1, channels);
  if (channels % groups != 0) {
    tq_refuse(loading, TQ_BAD_OPTION, "%i input channels in %i groups", (int64_t)channels, (int64_t)groups);
  }
  tq_load_bits_layer(loading, 4, channels / groups, &layer);
  const tq_dims filter = tq_bits_filter(loading, &layer);
  if (filter.n % groups != 0) {
    tq_refuse(loading, TQ_BAD_OPTION, "%i output channels in %i groups", (int64_t)filter.n, (int64_t)groups);
  }
  const tq_dims input = tq_packed_image(loading, channels, layer.x_levels);
  if (tq_refused(loading)) return NULL;
  layer.source = &loading->node->inputs[0];
  layer.channels = filter.n;
  layer.taps = filter.h * filter.w;
  return tq_load_bits_conv(loading, &variants, input, filter, &layer);
}

const tq_operator tq_operator_TqBitConv2D = {"TqBitConv2D", load, NULL};
