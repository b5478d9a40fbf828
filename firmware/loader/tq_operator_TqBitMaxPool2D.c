#include "tinyq/tq_kernels_bits.h"
#include "tq_best_kernels.h"
#include "tq_packed_tensors.h"

typedef struct {
  tq_max_pool_bits_params params;
  tq_unary_dims dims;
} pool_state;

static void *load(tq_loading *loading) {
  tq_check_options(loading, 8);
  tq_check_counts(loading, 1, 1);
  const int32_t channels = tq_integer_option(loading, "channels", 1, INT32_MAX);
  const int32_t levels = tq_levels_option(loading, "x_levels");
  const tq_dims input = tq_packed_image(loading, channels, levels);
  const tq_loader_tensor *const output = tq_packed_output(loading, channels, levels);
  const int32_t filter_h = tq_integer_option(loading, "filter_height", 1, INT32_MAX);
  const int32_t filter_w = tq_integer_option(loading, "filter_width", 1, INT32_MAX);
  const tq_axis h = tq_scan_axis(loading, 'h', input.h, filter_h, 0);
  const tq_axis w = tq_scan_axis(loading, 'w', input.w, filter_w, 0);
  const int32_t shape[4] = {input.n, h.output, w.output, tq_packed_size(channels, levels)};

  tq_check_shape(loading, output, 4, shape);
  if (!tq_refused(loading)) tq_check_same_scale(loading, &loading->node->inputs[0], output);
  pool_state *const state = tq_new(loading, sizeof *state);
  if (state == NULL) return NULL;
  state->params = (tq_max_pool_bits_params){filter_h, filter_w, h.stride, w.stride, h.before, w.before, levels};
  state->dims = (tq_unary_dims){input, {input.n, h.output, w.output, channels}};
  return state;
}

static void run(const void *state, const void *const *inputs, void *output, void *scratch) {
  const pool_state *const pool = state;
  (void)scratch;
  tq_max_pool_2d_bits_best(&pool->params, &pool->dims, inputs[0], output);
}

const tq_operator tq_operator_TqBitMaxPool2D = {"TqBitMaxPool2D", load, run};
