#include "tinyq/tq_keeping_x86.h"
#include "tq_best_kernels.h"
#include "tq_load_lce.h"

typedef struct {
  tq_lce_bconv_params params;
  tq_conv_dims dims;
  void *kept; /* weights as the processor wants them; NULL where there is no kernel or no memory for it */
} conv_state;

#if defined(__x86_64__) && defined(__GNUC__)
#define RUN(keeping, best) \
  keeping(&conv->params, &conv->dims, inputs[0], inputs[1], output, scratch, conv->kept)

static void keep(tq_loading *loading, conv_state *conv) {
  const int32_t bytes = tq_x86_kept_bits(&conv->dims, 2);
  if (loading->node->keeps && bytes > 0) conv->kept = tq_new(loading, (size_t)bytes);
}
#else
#define RUN(keeping, best) best(&conv->params, &conv->dims, inputs[0], inputs[1], output, scratch)

static void keep(tq_loading *loading, conv_state *conv) { (void)loading, (void)conv; }
#endif

static void run_packed(const void *state, const void *const *inputs, void *output, void *scratch) {
  const conv_state *const conv = state;
  RUN(tq_lce_bconv_2d_a1_x86_keeping, tq_lce_bconv_2d_a1_best);
}

static void run_int8(const void *state, const void *const *inputs, void *output, void *scratch) {
  const conv_state *const conv = state;
  RUN(tq_lce_bconv_2d_a8_x86_keeping, tq_lce_bconv_2d_a8_best);
}

static void run_float(const void *state, const void *const *inputs, void *output, void *scratch) {
  const conv_state *const conv = state;
  RUN(tq_lce_bconv_2d_f32_x86_keeping, tq_lce_bconv_2d_f32_best);
}

static void *load(tq_loading *loading) {
  static const tq_element types[] = {TQ_ELEMENT_FLOAT32, TQ_ELEMENT_INT8, TQ_ELEMENT_INT32, TQ_ELEMENT_ABSENT};
  tq_lce_bconv_params params = {0};

  tq_check_option_count(loading, 8);
  tq_check_counts(loading, 5, 5);
  const tq_element type = tq_output_type(loading, types);
  const int32_t channels = tq_integer_option(loading, "channels_in", 1, INT32_MAX);
  const tq_dims input = tq_lce_image(loading, channels);
  const tq_dims filter = tq_lce_filter(loading, channels);
  const tq_axis h = tq_lce_axis(loading, 'h', input.h, filter.h, 1);
  const tq_axis w = tq_lce_axis(loading, 'w', input.w, filter.w, 1);
  const int packed = type == TQ_ELEMENT_INT32;
  const int32_t shape[4] = {input.n, h.output, w.output, packed ? tq_words(filter.n) : filter.n};
  const int32_t products = filter.h * filter.w * filter.c;

  tq_check_shape(loading, tq_output(loading, type), 4, shape);
  tq_lce_padding(loading, type, channels, &params);
  tq_lce_clamp(loading, products, &params);
  if (packed) {
    params.thresholds = tq_lce_per_channel(loading, 4, "thresholds", TQ_ELEMENT_INT32, filter.n);
  } else {
    tq_lce_transform(loading, type, filter.n, products, &params);
  }
  conv_state *const state = tq_new(loading, sizeof *state);
  if (state == NULL) return NULL;
  params.stride_h = h.stride;
  params.stride_w = w.stride;
  params.dilation_h = h.dilation;
  params.dilation_w = w.dilation;
  params.pad_top = h.before;
  params.pad_left = w.before;
  state->params = params;
  state->dims = (tq_conv_dims){input, filter, {input.n, h.output, w.output, filter.n}};
  loading->scratch_bytes = packed                    ? tq_lce_bconv_2d_a1_best_scratch(&state->dims)
                           : type == TQ_ELEMENT_INT8 ? tq_lce_bconv_2d_a8_best_scratch(&state->dims)
                                                     : tq_lce_bconv_2d_f32_best_scratch(&state->dims);
  loading->run = packed ? run_packed : type == TQ_ELEMENT_INT8 ? run_int8 : run_float;
  keep(loading, state);
  return tq_refused(loading) ? NULL : state;
}

const tq_operator tq_operator_LceBconv2d = {"LceBconv2d", load, NULL};
