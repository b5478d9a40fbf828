#include "tinyq/tq_kernels_bits.h"
#include "tq_best_kernels.h"
#include "tq_packed_tensors.h"

typedef struct {
  tq_concatenation_bits_params params;
  tq_rows_dims dims;
} joining_state;

/* The last input: how many channels each other one has. Returns their sum, 1 after a refusal. */
static int32_t joined_channels(tq_loading *loading, const tq_loader_tensor *channels, int32_t count) {
  const int32_t *const each = channels->data;
  int64_t sum = 0;

  if (tq_refused(loading)) return 1;
  if (channels->rank != 1 || channels->shape[0] != count) {
    tq_refuse(loading, TQ_BAD_TENSOR, "channels %t are not %i numbers, one an input", channels, (int64_t)count);
    return 1;
  }
  for (int32_t i = 0; i < count; i++) {
    sum += each[i];
    if (each[i] >= 1 && sum <= INT32_MAX) continue;
    tq_refuse(loading, TQ_BAD_WEIGHTS, "channels %t hold %i, and %i up to there: allowed is from 1, 2^31 - 1 in all",
              channels, (int64_t)each[i], sum);
    return 1;
  }
  return (int32_t)sum;
}

static void *load(tq_loading *loading) {
  const int32_t inputs = loading->node->input_count, count = inputs > 1 ? inputs - 1 : 1;

  tq_check_options(loading, 2);
  tq_check_counts(loading, 2, INT32_MAX);
  const int32_t levels = tq_levels_option(loading, "x_levels");
  const tq_loader_tensor *const channels = tq_constant(loading, count, "channels", TQ_ELEMENT_INT32);
  const int32_t joined = joined_channels(loading, channels, count);
  const tq_loader_tensor *const output = tq_packed_output(loading, joined, levels);
  const int32_t *const each = channels->data;
  for (int32_t i = 0; i < count && !tq_refused(loading); i++) {
    const tq_loader_tensor *const source = tq_packed_input(loading, i, each[i], levels);
    tq_check_rows(loading, source, output, tq_packed_size(joined, levels));
    if (!tq_refused(loading)) tq_check_same_scale(loading, source, output);
  }
  joining_state *const state = tq_new(loading, sizeof *state);
  if (state == NULL) return NULL;
  state->params = (tq_concatenation_bits_params){count, levels, each};
  state->dims = (tq_rows_dims){tq_rows(output), joined};
  loading->scratch_bytes = count * (int32_t)sizeof(const int32_t *);
  return state;
}

/* `scratch` holds the pointers to the inputs, of the type that the kernel takes. */
static void run(const void *state, const void *const *inputs, void *output, void *scratch) {
  const joining_state *const joining = state;
  const int32_t **const packed = scratch;

  for (int32_t i = 0; i < joining->params.count; i++) packed[i] = inputs[i];
  tq_concatenation_bits_best(&joining->params, &joining->dims, packed, output);
}

const tq_operator tq_operator_TqBitConcatenation = {"TqBitConcatenation", load, run};
