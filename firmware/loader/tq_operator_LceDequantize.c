#include "tq_best_kernels.h"
#include "tq_load_lce.h"

typedef struct {
  tq_lce_dequantize_params params;
  tq_rows_dims dims;
} dequantize_state;

static void run_float(const void *state, const void *const *inputs, void *output, void *scratch) {
  const dequantize_state *const call = state;
  (void)scratch;
  tq_lce_dequantize_a1_f32_best(&call->params, &call->dims, inputs[0], output);
}

static void run_int8(const void *state, const void *const *inputs, void *output, void *scratch) {
  const dequantize_state *const call = state;
  (void)scratch;
  tq_lce_dequantize_a1_a8_best(&call->params, &call->dims, inputs[0], output);
}

static void run_bool(const void *state, const void *const *inputs, void *output, void *scratch) {
  const dequantize_state *const call = state;
  (void)scratch;
  tq_lce_dequantize_a1_bool_best(&call->params, &call->dims, inputs[0], output);
}

/* +1 and -1 as stored integers. */
static tq_lce_dequantize_params int8_signs(tq_affine affine) {
  const int32_t one = tq_quantized(1.0f, affine.scale);
  const int32_t most = affine.zero_point + one, least = affine.zero_point - one;
  return (tq_lce_dequantize_params){most < 127 ? most : 127, least > -128 ? least : -128};
}

static void *load(tq_loading *loading) {
  static const tq_element types[] = {TQ_ELEMENT_FLOAT32, TQ_ELEMENT_INT8, TQ_ELEMENT_BOOL, TQ_ELEMENT_ABSENT};

  tq_check_option_count(loading, 0);
  tq_check_counts(loading, 1, 1);
  const tq_element type = tq_output_type(loading, types);
  const tq_loader_tensor *const source = tq_input(loading, 0, TQ_ELEMENT_INT32);
  const tq_loader_tensor *const output = tq_output(loading, type);
  const int32_t channels = tq_last_axis(output);
  if (!tq_refused(loading) && (channels == 0 || tq_last_axis(source) != tq_words(channels))) {
    tq_refuse(loading, TQ_BAD_TENSOR, "input %t has not the words of output %t, one for 32 channels", source, output);
  }
  tq_check_rows(loading, source, output, channels);
  tq_lce_dequantize_params signs = {1, type == TQ_ELEMENT_BOOL ? 0 : -1};
  if (type == TQ_ELEMENT_INT8) signs = int8_signs(tq_affine_of(loading, output));
  dequantize_state *const state = tq_new(loading, sizeof *state);
  if (state == NULL) return NULL;
  state->params = signs;
  state->dims = (tq_rows_dims){tq_rows(source), channels};
  loading->run = type == TQ_ELEMENT_BOOL ? run_bool : type == TQ_ELEMENT_INT8 ? run_int8 : run_float;
  return state;
}

const tq_operator tq_operator_LceDequantize = {"LceDequantize", load, NULL};
