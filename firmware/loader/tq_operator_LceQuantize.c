#include "tq_best_kernels.h"
#include "tq_load_lce.h"

typedef struct {
  tq_lce_quantize_params params;
  tq_rows_dims dims;
} quantize_state;

static void run_float(const void *state, const void *const *inputs, void *output, void *scratch) {
  const quantize_state *const call = state;
  (void)scratch;
  tq_lce_quantize_f32_a1_best(&call->params, &call->dims, inputs[0], output);
}

static void run_int8(const void *state, const void *const *inputs, void *output, void *scratch) {
  const quantize_state *const call = state;
  (void)scratch;
  tq_lce_quantize_a8_a1_best(&call->params, &call->dims, inputs[0], output);
}

static void run_bool(const void *state, const void *const *inputs, void *output, void *scratch) {
  const quantize_state *const call = state;
  (void)scratch;
  tq_lce_quantize_bool_a1_best(&call->params, &call->dims, inputs[0], output);
}

static void *load(tq_loading *loading) {
  static const tq_element types[] = {TQ_ELEMENT_FLOAT32, TQ_ELEMENT_INT8, TQ_ELEMENT_BOOL, TQ_ELEMENT_ABSENT};

  tq_check_option_count(loading, 0);
  tq_check_counts(loading, 1, 1);
  const tq_element type = tq_input_type(loading, 0, types);
  const tq_loader_tensor *const source = tq_input(loading, 0, type);
  const tq_loader_tensor *const output = tq_output(loading, TQ_ELEMENT_INT32);
  if (!tq_refused(loading) && source->rank == 0) {
    tq_refuse(loading, TQ_BAD_TENSOR, "input %t has no axis of channels", source);
  }
  if (!tq_refused(loading)) tq_check_rows(loading, source, output, tq_words(tq_last_axis(source)));
  const int32_t int8_zero = type == TQ_ELEMENT_INT8 ? tq_affine_of(loading, source).zero_point : 0;
  quantize_state *const state = tq_new(loading, sizeof *state);
  if (state == NULL) return NULL;
  state->params.zero_point = type == TQ_ELEMENT_BOOL ? 1 : int8_zero;
  state->dims = (tq_rows_dims){tq_rows(source), tq_last_axis(source)};
  loading->run = type == TQ_ELEMENT_BOOL ? run_bool : type == TQ_ELEMENT_INT8 ? run_int8 : run_float;
  return state;
}

const tq_operator tq_operator_LceQuantize = {"LceQuantize", load, NULL};
