#include "tinyq/tq_kernels.h"
#include "tq_best_kernels.h"
#include "tq_load_conv.h"

static const tq_conv_variant variants[TQ_SCHEMES] = {
    {tq_transpose_conv_a8wt_best, tq_transpose_conv_a8wt_best_scratch},
    {tq_transpose_conv_a8w1_best, tq_transpose_conv_a8w1_best_scratch},
    {tq_transpose_conv_a8w2_best, tq_transpose_conv_a8w2_best_scratch},
    {tq_transpose_conv_a8w3_best, tq_transpose_conv_a8w3_best_scratch},
    {tq_transpose_conv_a8w4_best, tq_transpose_conv_a8w4_best_scratch},
};

/* Stride and padding are those of the convolution from the output back to the input. */
static tq_axis back_along(tq_loading *loading, const char *stride_name, int64_t size, int64_t taps, int64_t output) {
  const int32_t padding = tq_integer_option(loading, "padding", TQ_PADDING_SAME, TQ_PADDING_VALID);
  const int64_t stride = tq_integer_option(loading, stride_name, 1, INT32_MAX);
  const int64_t reach = padding == TQ_PADDING_SAME ? output - 1 : output - taps;
  const int64_t back = (reach + stride) / stride;
  const int64_t around = (back - 1) * stride + taps - output;

  if (stride * size + taps + output > TQ_MOST_POSITIONS) {
    tq_refuse(loading, TQ_BAD_OPTION, "input %i times %s %i, filter %i and output %i are more than 2^24", size,
              stride_name, stride, taps, output);
  } else if (size != back) {
    tq_refuse(loading, TQ_BAD_TENSOR, "input %i, output %i, filter %i, %s %i: this output needs an input of %i", size,
              output, taps, stride_name, stride, back);
  }
  if (tq_refused(loading)) return (tq_axis){1, 1, 0, 1};
  return (tq_axis){(int32_t)stride, 1, around > 0 ? (int32_t)(around / 2) : 0, (int32_t)output};
}

static void *load(tq_loading *loading) {
  tq_packed_weights weights;

  tq_check_options(loading, 9);
  tq_check_counts(loading, 5, 6);
  const tq_dims input = tq_image(loading, tq_input(loading, 0, TQ_ELEMENT_INT8));
  const tq_dims made = tq_image(loading, tq_output(loading, TQ_ELEMENT_INT8));
  const tq_dims filter = {
      tq_packed_channels(loading),
      tq_integer_option(loading, "filter_height", 1, INT32_MAX),
      tq_integer_option(loading, "filter_width", 1, INT32_MAX),
      tq_integer_option(loading, "channels_in", 1, INT32_MAX),
  };
  if (tq_refused(loading)) return NULL;
  if (filter.c != input.c) {
    tq_refuse(loading, TQ_BAD_OPTION, "%i input channels, channels_in %i", (int64_t)input.c, (int64_t)filter.c);
  }
  const int64_t window = (int64_t)filter.h * filter.w;
  tq_load_packed_weights(loading, window > INT32_MAX ? 0 : window * filter.c, 0, &weights);
  const tq_axis h = back_along(loading, "stride_h", input.h, filter.h, made.h);
  const tq_axis w = back_along(loading, "stride_w", input.w, filter.w, made.w);
  const tq_conv_dims dims = {input, filter, {input.n, made.h, made.w, filter.n}};
  return tq_load_scanned_conv(loading, variants, &dims, h, w, &weights);
}

const tq_operator tq_operator_TqTransposeConv = {"TqTransposeConv", load, tq_run_conv};
