#include <float.h>

#include "tinyq/tq_kernels_bits.h"
#include "tq_best_kernels.h"
#include "tq_packed_tensors.h"

static const tq_element types[] = {TQ_ELEMENT_FLOAT32, TQ_ELEMENT_INT8, TQ_ELEMENT_ABSENT};

typedef struct {
  tq_dequantize_bits_a8_params params;
  tq_rows_dims dims;
} int8_state;

typedef struct {
  tq_dequantize_bits_f32_params params;
  tq_rows_dims dims;
} float_state;

static void run_int8(const void *state, const void *const *inputs, void *output, void *scratch) {
  const int8_state *const call = state;
  (void)scratch;
  tq_dequantize_bits_a8_best(&call->params, &call->dims, inputs[0], output);
}

static void run_float(const void *state, const void *const *inputs, void *output, void *scratch) {
  const float_state *const call = state;
  (void)scratch;
  tq_dequantize_bits_f32_best(&call->params, &call->dims, inputs[0], output);
}

static void *load_float(tq_loading *loading, int32_t levels, double scale, tq_rows_dims dims) {
  if (scale * tq_top_code(levels) >= (double)FLT_MAX) {
    tq_refuse(loading, TQ_BAD_SCALE, "input %t has a scale with which its codes leave float32",
              &loading->node->inputs[0]);
  }
  float_state *const state = tq_new(loading, sizeof *state);
  loading->run = run_float;
  if (state != NULL) *state = (float_state){{levels, (float)scale}, dims};
  return state;
}

static void *load_int8(tq_loading *loading, int32_t levels, double scale, tq_rows_dims dims, tq_affine to) {
  int32_t multiplier = 0;
  int8_t shift = 0;

  tq_quantize_multiplier(loading, scale / to.scale, &multiplier, &shift);
  tq_check_accumulator(loading, tq_top_code(levels), shift);
  int8_state *const state = tq_new(loading, sizeof *state);
  loading->run = run_int8;
  if (state != NULL) *state = (int8_state){{levels, multiplier, shift, to.zero_point, -128, 127}, dims};
  return state;
}

static void *load(tq_loading *loading) {
  tq_check_options(loading, 3);
  tq_check_counts(loading, 1, 1);
  const int32_t channels = tq_integer_option(loading, "channels", 1, INT32_MAX);
  const int32_t levels = tq_levels_option(loading, "x_levels");
  const tq_loader_tensor *const source = tq_packed_input(loading, 0, channels, levels);
  const tq_element type = tq_output_type(loading, types);
  const tq_loader_tensor *const output = tq_output(loading, type);
  const double scale = tq_packed_scale(loading, source);
  const tq_rows_dims dims = {tq_rows(source), channels};

  tq_check_rows(loading, source, output, channels);
  if (type == TQ_ELEMENT_FLOAT32) return load_float(loading, levels, scale, dims);
  return load_int8(loading, levels, scale, dims, tq_affine_of(loading, output));
}

const tq_operator tq_operator_TqDequantize = {"TqDequantize", load, NULL};
