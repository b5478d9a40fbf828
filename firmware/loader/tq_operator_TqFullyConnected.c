#include "tinyq/tq_kernels.h"
#include "tq_best_kernels.h"
#include "tq_packed_weights.h"

typedef void dense_kernel(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                          const int8_t *input, const uint8_t *packed, const int32_t *bias, int8_t *output);

typedef struct {
  tq_fully_connected_params params;
  tq_fully_connected_dims dims;
  dense_kernel *run;
} dense_state;

static dense_kernel *const variants[TQ_SCHEMES] = {
    tq_fully_connected_a8wt_best, tq_fully_connected_a8w1_best, tq_fully_connected_a8w2_best,
    tq_fully_connected_a8w3_best, tq_fully_connected_a8w4_best,
};

/* All axes of the input but the last are rows. The output may have any shape with these rows. */
static int32_t rows_of(tq_loading *loading, const tq_loader_tensor *input, const tq_loader_tensor *output,
                       int32_t c_in, int32_t c_out) {
  const int keep = tq_integer_option(loading, "keep_num_dims", 0, 1);

  if (tq_refused(loading)) return 1;
  const int64_t rows = tq_size(input) / c_in;
  if (tq_size(input) % c_in != 0 || (keep && tq_last_axis(input) != c_in)) {
    tq_refuse(loading, TQ_BAD_OPTION, "input %t, channels_in %i", input, (int64_t)c_in);
  } else if (tq_last_axis(output) != c_out || tq_size(output) != rows * c_out) {
    tq_refuse(loading, TQ_BAD_TENSOR, "output %t is computed as %i rows of %i", output, rows, (int64_t)c_out);
  }
  return (int32_t)rows;
}

static void *load(tq_loading *loading) {
  tq_packed_weights weights;

  tq_check_options(loading, 5);
  tq_check_counts(loading, 5, 6);
  const tq_loader_tensor *const input = tq_input(loading, 0, TQ_ELEMENT_INT8);
  const tq_loader_tensor *const output = tq_output(loading, TQ_ELEMENT_INT8);
  const int32_t c_in = tq_integer_option(loading, "channels_in", 1, INT32_MAX);
  tq_load_packed_weights(loading, c_in, 0, &weights);
  const int32_t rows = rows_of(loading, input, output, c_in, weights.channels);
  const tq_affine from = tq_affine_of(loading, input), to = tq_affine_of(loading, output);
  dense_state *const state = tq_new(loading, sizeof *state);

  if (state == NULL) return NULL;
  state->params = (tq_fully_connected_params){
      .input_zero_point = from.zero_point,
      .output_zero_point = to.zero_point,
      .levels = weights.levels,
      .tables = weights.tables,
  };
  state->dims = (tq_fully_connected_dims){rows, c_in, weights.channels};
  state->run = variants[weights.scheme];
  tq_activation_range(loading, to, &state->params.activation_min, &state->params.activation_max);
  tq_load_rescaling(loading, &weights, from, to, 1, &state->params.multiplier, &state->params.shift);
  return tq_refused(loading) ? NULL : state;
}

static void run(const void *state, const void *const *inputs, void *output, void *scratch) {
  const dense_state *const dense = state;
  (void)scratch;
  dense->run(&dense->params, &dense->dims, inputs[0], inputs[1], inputs[2], output);
}

const tq_operator tq_operator_TqFullyConnected = {"TqFullyConnected", load, run};
