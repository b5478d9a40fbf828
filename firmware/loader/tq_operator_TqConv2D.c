#include "tinyq/tq_keeping_x86.h"
#include "tinyq/tq_kernels.h"
#include "tq_best_kernels.h"
#include "tq_load_conv.h"

static const tq_conv_variant variants[TQ_SCHEMES] = {
    {tq_conv_2d_a8wt_best, tq_conv_2d_a8wt_best_scratch}, {tq_conv_2d_a8w1_best, tq_conv_2d_a8w1_best_scratch},
    {tq_conv_2d_a8w2_best, tq_conv_2d_a8w2_best_scratch}, {tq_conv_2d_a8w3_best, tq_conv_2d_a8w3_best_scratch},
    {tq_conv_2d_a8w4_best, tq_conv_2d_a8w4_best_scratch},
};

#if defined(__x86_64__) && defined(__GNUC__)
static void keep(tq_loading *loading, void *state, int32_t scheme) {
  tq_conv_keeping *const keeping[2] = {tq_conv_2d_a8wt_x86_keeping, tq_conv_2d_a8w1_x86_keeping};

  if (scheme < 2) tq_let_conv_keep(loading, state, keeping[scheme], tq_x86_kept_int8);
}
#else
static void keep(tq_loading *loading, void *state, int32_t scheme) { (void)loading, (void)state, (void)scheme; }
#endif

static void *load(tq_loading *loading) {
  tq_packed_weights weights;

  tq_check_options(loading, 11);
  tq_check_counts(loading, 5, 6);
  const tq_dims input = tq_image(loading, tq_input(loading, 0, TQ_ELEMENT_INT8));
  const tq_dims filter = {
      tq_packed_channels(loading),
      tq_integer_option(loading, "filter_height", 1, INT32_MAX),
      tq_integer_option(loading, "filter_width", 1, INT32_MAX),
      tq_integer_option(loading, "channels_in", 1, INT32_MAX),
  };
  if (tq_refused(loading)) return NULL;
  if (input.c % filter.c != 0 || filter.n % (input.c / filter.c) != 0) {
    tq_refuse(loading, TQ_BAD_OPTION, "%i input channels, channels_in %i, %i output channels: no groups",
              (int64_t)input.c, (int64_t)filter.c, (int64_t)filter.n);
  }
  const int64_t window = (int64_t)filter.h * filter.w;
  tq_load_packed_weights(loading, window > INT32_MAX ? 0 : window * filter.c, 0, &weights);
  void *const state = tq_load_conv(loading, variants, input, filter, &weights);
  keep(loading, state, weights.scheme);
  return tq_refused(loading) ? NULL : state;
}

const tq_operator tq_operator_TqConv2D = {"TqConv2D", load, tq_run_conv};
