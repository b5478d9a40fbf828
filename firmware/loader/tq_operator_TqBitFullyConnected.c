#include "tq_best_kernels.h"
#include "tq_load_bits.h"

typedef struct {
  tq_fully_connected_bits_params params;
  tq_fully_connected_dims dims;
} dense_state;

static void run_packed(const void *state, const void *const *inputs, void *output, void *scratch) {
  const dense_state *const dense = state;
  (void)scratch;
  tq_fully_connected_bits_best(&dense->params, &dense->dims, inputs[0], inputs[1], output);
}

static void run_int8(const void *state, const void *const *inputs, void *output, void *scratch) {
  const dense_state *const dense = state;
  (void)scratch;
  tq_fully_connected_bits_a8_best(&dense->params, &dense->dims, inputs[0], inputs[1], inputs[2], output);
}

static void run_float(const void *state, const void *const *inputs, void *output, void *scratch) {
  const dense_state *const dense = state;
  (void)scratch;
  tq_fully_connected_bits_f32_best(&dense->params, &dense->dims, inputs[0], inputs[1], inputs[2], output);
}

/* The output has the input's axes but for the last, or all of them as rows. */
static void check_output(tq_loading *loading, const tq_bits_layer *layer, tq_bits_kind kind, int32_t rows) {
  const tq_loader_tensor *const output = tq_bits_declared(loading, kind);
  const int32_t last = tq_bits_last_axis(layer);

  if (tq_refused(loading) || (output->rank == 2 && output->shape[0] == rows && output->shape[1] == last)) return;
  tq_check_rows(loading, layer->source, output, last);
}

static void *load(tq_loading *loading) {
  static tq_run_operator *const runs[] = {run_packed, run_int8, run_float};
  tq_bits_layer layer;
  tq_bits_output output;

  tq_check_options(loading, 7);
  const int32_t channels = tq_integer_option(loading, "channels_in", 1, INT32_MAX);
  tq_load_bits_layer(loading, 2, channels, &layer);
  layer.source = tq_packed_input(loading, 0, channels, layer.x_levels);
  if (tq_refused(loading)) return NULL;
  layer.channels = layer.weights->shape[0];
  const int32_t rows = tq_rows(layer.source);
  const tq_bits_kind kind = tq_load_bits_output(loading, &layer, &output);
  check_output(loading, &layer, kind, rows);
  dense_state *const state = tq_new(loading, sizeof *state);
  if (state == NULL) return NULL;
  state->params = (tq_fully_connected_bits_params){layer.x_levels, layer.w_levels, output};
  state->dims = (tq_fully_connected_dims){rows, channels, layer.channels};
  loading->run = runs[kind];
  return state;
}

const tq_operator tq_operator_TqBitFullyConnected = {"TqBitFullyConnected", load, NULL};
