#include "tq_load_conv.h"

#define MOST_BYTES_A_WEIGHT 9 /* of scratch, for the weights of one output channel: tinyq/core/variants.py */

typedef struct {
  tq_conv_params params;
  tq_conv_dims dims;
  tq_conv_kernel *run;
  tq_conv_keeping *keeping; /* instead of run, unless NULL */
  void *kept;
} conv_state;

void tq_check_scratch(tq_loading *loading, int64_t bytes) {
  if (bytes > INT32_MAX) {
    tq_refuse(loading, TQ_BAD_TENSOR, "its filter takes %i bytes of scratch memory: use smaller ones", bytes);
  }
}

void *tq_load_scanned_conv(tq_loading *loading, const tq_conv_variant *variants, const tq_conv_dims *dims, tq_axis h,
                           tq_axis w, const tq_packed_weights *weights) {
  const int32_t shape[4] = {dims->output.n, dims->output.h, dims->output.w, dims->output.c};
  const tq_loader_tensor *const declared = tq_output(loading, TQ_ELEMENT_INT8);
  tq_check_shape(loading, declared, 4, shape);
  const tq_affine from = tq_affine_of(loading, tq_input(loading, 0, TQ_ELEMENT_INT8));
  const tq_affine to = tq_affine_of(loading, declared);
  tq_check_scratch(loading, (int64_t)weights->each * MOST_BYTES_A_WEIGHT);
  conv_state *const state = tq_new(loading, sizeof *state);

  if (state == NULL) return NULL;
  state->params = (tq_conv_params){
      .stride_h = h.stride,
      .stride_w = w.stride,
      .dilation_h = h.dilation,
      .dilation_w = w.dilation,
      .pad_top = h.before,
      .pad_left = w.before,
      .input_zero_point = from.zero_point,
      .output_zero_point = to.zero_point,
      .levels = weights->levels,
      .tables = weights->tables,
  };
  state->dims = *dims;
  tq_activation_range(loading, to, &state->params.activation_min, &state->params.activation_max);
  tq_load_rescaling(loading, weights, from, to, 0, &state->params.multiplier, &state->params.shift);
  if (tq_refused(loading)) return NULL;
  state->run = variants[weights->scheme].run;
  loading->scratch_bytes = variants[weights->scheme].scratch(&state->dims);
  return state;
}

void tq_let_conv_keep(tq_loading *loading, void *state, tq_conv_keeping *keeping, tq_conv_scratch *bytes) {
  conv_state *const conv = state;

  if (conv == NULL || !loading->node->keeps || bytes(&conv->dims) == 0) return;
  conv->kept = tq_new(loading, (size_t)bytes(&conv->dims));
  conv->keeping = keeping;
}

void tq_run_conv(const void *state, const void *const *inputs, void *output, void *scratch) {
  const conv_state *const conv = state;

  if (conv->keeping) {
    conv->keeping(&conv->params, &conv->dims, inputs[0], inputs[1], inputs[2], output, scratch, conv->kept);
    return;
  }
  conv->run(&conv->params, &conv->dims, inputs[0], inputs[1], inputs[2], output, scratch);
}
