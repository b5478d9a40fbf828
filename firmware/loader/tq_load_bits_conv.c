#include "tq_load_bits.h"

#include "tq_load_conv.h"

#define MOST_PLANES 8 /* of an activation: what scratch memory has room for */

typedef struct {
  tq_conv_bits_params params;
  tq_conv_dims dims;
  const tq_bits_conv_variants *variants;
  void *kept;
} conv_state;

static void run_packed(const void *state, const void *const *inputs, void *output, void *scratch) {
  const conv_state *const conv = state;
  conv->variants->packed(&conv->params, &conv->dims, inputs[0], inputs[1], output, scratch);
}

static void run_int8(const void *state, const void *const *inputs, void *output, void *scratch) {
  const conv_state *const conv = state;
  conv->variants->int8(&conv->params, &conv->dims, inputs[0], inputs[1], inputs[2], output, scratch);
}

static void run_packed_keeping(const void *state, const void *const *inputs, void *output, void *scratch) {
  const conv_state *const conv = state;
  conv->variants->packed_keeping(&conv->params, &conv->dims, inputs[0], inputs[1], output, scratch, conv->kept);
}

static void run_int8_keeping(const void *state, const void *const *inputs, void *output, void *scratch) {
  const conv_state *const conv = state;
  conv->variants->int8_keeping(&conv->params, &conv->dims, inputs[0], inputs[1], inputs[2], output, scratch,
                               conv->kept);
}

static void run_float(const void *state, const void *const *inputs, void *output, void *scratch) {
  const conv_state *const conv = state;
  conv->variants->real(&conv->params, &conv->dims, inputs[0], inputs[1], inputs[2], output, scratch);
}

static void keep(tq_loading *loading, conv_state *conv, tq_bits_kind kind) {
  static tq_run_operator *const runs[] = {run_packed_keeping, run_int8_keeping};
  const int32_t bytes = conv->variants->kept ? conv->variants->kept(&conv->dims, conv->params.w_levels) : 0;

  if (!loading->node->keeps || kind == TQ_BITS_FLOAT32 || bytes == 0) return;
  conv->kept = tq_new(loading, (size_t)bytes);
  loading->run = runs[kind];
}

/* What taps outside the input hold: a code. */
static int32_t pad_code(tq_loading *loading, int32_t levels) {
  const int32_t top = tq_top_code(levels), code = tq_integer_option(loading, "pad_code", -INT32_MAX, INT32_MAX);

  if (!tq_refused(loading) && (code < -top || code > top || (levels != 3 && code % 2 == 0))) {
    tq_refuse(loading, TQ_BAD_OPTION, "option pad_code is %i, which is no code of %i levels", (int64_t)code,
              (int64_t)levels);
  }
  return code;
}

void *tq_load_bits_conv(tq_loading *loading, const tq_bits_conv_variants *variants, tq_dims input, tq_dims filter,
                        const tq_bits_layer *layer) {
  static tq_run_operator *const runs[] = {run_packed, run_int8, run_float};
  const tq_axis h = tq_scan_axis(loading, 'h', input.h, filter.h, 1);
  const tq_axis w = tq_scan_axis(loading, 'w', input.w, filter.w, 1);
  const int32_t shape[4] = {input.n, h.output, w.output, tq_bits_last_axis(layer)};
  const int32_t padding = pad_code(loading, layer->x_levels);
  tq_bits_output output;
  const tq_bits_kind kind = tq_load_bits_output(loading, layer, &output);
  const int64_t row = (int64_t)MOST_PLANES * tq_words(filter.c);

  tq_check_shape(loading, tq_bits_declared(loading, kind), 4, shape);
  tq_check_scratch(loading, (int64_t)sizeof(int32_t) * (layer->taps + (1 + (int64_t)layer->taps) * row));
  conv_state *const state = tq_new(loading, sizeof *state);
  if (state == NULL) return NULL;
  state->params = (tq_conv_bits_params){
      .stride_h = h.stride,
      .stride_w = w.stride,
      .dilation_h = h.dilation,
      .dilation_w = w.dilation,
      .pad_top = h.before,
      .pad_left = w.before,
      .pad_code = padding,
      .x_levels = layer->x_levels,
      .w_levels = layer->w_levels,
      .output = output,
  };
  state->dims = (tq_conv_dims){input, filter, {input.n, h.output, w.output, layer->channels}};
  state->variants = variants;
  loading->run = runs[kind];
  loading->scratch_bytes = variants->scratch[kind](&state->dims);
  keep(loading, state, kind);
  return tq_refused(loading) ? NULL : state;
}
