#include <math.h>

#include "tinyq/tq_kernels_bits.h"
#include "tq_best_kernels.h"
#include "tq_packed_tensors.h"

static const tq_element types[] = {TQ_ELEMENT_INT8, TQ_ELEMENT_FLOAT32, TQ_ELEMENT_ABSENT};

typedef struct {
  tq_quantize_a8_bits_params params;
  tq_rows_dims dims;
} int8_state;

typedef struct {
  tq_quantize_f32_bits_params params;
  tq_rows_dims dims;
} float_state;

/* [levels - 1] or [channels][levels - 1]. Returns whether it has a row a channel. */
static int32_t per_channel(tq_loading *loading, const tq_loader_tensor *tensor, int32_t channels, int32_t each) {
  if (tq_refused(loading) || (tensor->rank == 1 && tensor->shape[0] == each)) return 0;
  if (tensor->rank != 2 || tensor->shape[0] != channels || tensor->shape[1] != each) {
    tq_refuse(loading, TQ_BAD_TENSOR, "thresholds %t have not the shape [%i] or [%i, %i]", tensor, (int64_t)each,
              (int64_t)channels, (int64_t)each);
  }
  return 1;
}

static void check_real(tq_loading *loading, const tq_loader_tensor *tensor, int32_t each) {
  const float *const values = tensor->data;
  const int64_t size = tq_refused(loading) ? 0 : tq_size(tensor);

  for (int64_t i = 0; i < size; i++) {
    if (!isfinite(values[i])) {
      tq_refuse(loading, TQ_BAD_WEIGHTS, "thresholds %t hold a value that is not finite", tensor);
    } else if (i % each > 0 && values[i] < values[i - 1]) {
      tq_refuse(loading, TQ_BAD_WEIGHTS, "thresholds %t are not in order: each row ascends", tensor);
    }
  }
}

static void run_int8(const void *state, const void *const *inputs, void *output, void *scratch) {
  const int8_state *const call = state;
  (void)scratch;
  tq_quantize_a8_bits_best(&call->params, &call->dims, inputs[0], output);
}

static void run_float(const void *state, const void *const *inputs, void *output, void *scratch) {
  const float_state *const call = state;
  (void)scratch;
  tq_quantize_f32_bits_best(&call->params, &call->dims, inputs[0], output);
}

static void *load(tq_loading *loading) {
  tq_check_options(loading, 3);
  tq_check_counts(loading, 2, 3);
  const int32_t channels = tq_integer_option(loading, "channels", 1, INT32_MAX);
  const int32_t levels = tq_levels_option(loading, "x_levels");
  const int real = tq_input_type(loading, 0, types) == TQ_ELEMENT_FLOAT32;
  const tq_loader_tensor *const source = tq_input(loading, 0, real ? TQ_ELEMENT_FLOAT32 : TQ_ELEMENT_INT8);
  if (!tq_refused(loading) && tq_last_axis(source) != channels) {
    tq_refuse(loading, TQ_BAD_OPTION, "input %t has not the %i channels of its options", source, (int64_t)channels);
  }
  const tq_loader_tensor *const thresholds =
      tq_constant(loading, 1, "thresholds", real ? TQ_ELEMENT_FLOAT32 : TQ_ELEMENT_INT32);
  const int32_t rows_of_their_own = per_channel(loading, thresholds, channels, levels - 1);
  const int8_t *const flip = tq_flip(loading, 2, channels);
  const tq_rows_dims dims = {tq_rows(source), channels};

  tq_check_rows(loading, source, tq_packed_output(loading, channels, levels), tq_packed_size(channels, levels));
  if (real) {
    check_real(loading, thresholds, levels - 1);
    float_state *const state = tq_new(loading, sizeof *state);
    loading->run = run_float;
    if (state == NULL) return NULL;
    *state = (float_state){{levels, rows_of_their_own, thresholds->data, flip}, dims};
    return state;
  }
  tq_check_thresholds(loading, thresholds, levels - 1, -129, 127);
  int8_state *const state = tq_new(loading, sizeof *state);
  loading->run = run_int8;
  if (state == NULL) return NULL;
  *state = (int8_state){{levels, rows_of_their_own, thresholds->data, flip}, dims};
  return state;
}

const tq_operator tq_operator_TqQuantize = {"TqQuantize", load, NULL};
