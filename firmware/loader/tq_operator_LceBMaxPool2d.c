#include "tq_best_kernels.h"
#include "tq_load_lce.h"

typedef struct {
  tq_lce_max_pool_params params;
  tq_unary_dims dims;
} pool_state;

static void *load(tq_loading *loading) {
  tq_check_option_count(loading, 5);
  tq_check_counts(loading, 1, 1);
  const tq_dims input = tq_image(loading, tq_input(loading, 0, TQ_ELEMENT_INT32)); /* in words */
  const int32_t filter_h = tq_integer_option(loading, "filter_height", 1, INT32_MAX);
  const int32_t filter_w = tq_integer_option(loading, "filter_width", 1, INT32_MAX);
  const tq_axis h = tq_lce_axis(loading, 'h', input.h, filter_h, 0);
  const tq_axis w = tq_lce_axis(loading, 'w', input.w, filter_w, 0);
  const int32_t shape[4] = {input.n, h.output, w.output, input.c};

  tq_check_shape(loading, tq_output(loading, TQ_ELEMENT_INT32), 4, shape);
  pool_state *const state = tq_new(loading, sizeof *state);
  if (state == NULL) return NULL;
  state->params = (tq_lce_max_pool_params){filter_h, filter_w, h.stride, w.stride, h.before, w.before};
  state->dims = (tq_unary_dims){input, {input.n, h.output, w.output, input.c}};
  return state;
}

static void run(const void *state, const void *const *inputs, void *output, void *scratch) {
  const pool_state *const pool = state;
  (void)scratch;
  tq_lce_max_pool_2d_a1_best(&pool->params, &pool->dims, inputs[0], output);
}

const tq_operator tq_operator_LceBMaxPool2d = {"LceBMaxPool2d", load, run};
