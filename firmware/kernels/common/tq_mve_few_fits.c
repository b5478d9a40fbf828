#include "tq_mve_few.h"

/* What other ways take, in quarters of instructions: blocks of 64 positions, three nibbles at a time, and half as much
 * for what is around that. */
static int64_t others_work(const tq_sliced *layer) {
  const tq_dims out = layer->dims->output, filter = layer->dims->filter;
  const int32_t blocks = (out.n * out.h * out.w + TQ_MVE_BLOCK - 1) / TQ_MVE_BLOCK, nibbles = (filter.c + 3) / 4;
  const int32_t threes = (filter.h * filter.w * nibbles + 2) / 3;

  return (int64_t)blocks * (6 * filter.n * (17 * threes + 30) + 1800 * nibbles);
}

int32_t tq_mve_few_fits(const tq_sliced *layer, tq_mve_few *few) {
  const tq_bits_output *const how = layer->params;
  const tq_dims filter = layer->dims->filter;
  const int32_t width = layer->dims->output.w, runs = (width + TQ_MVE_FEW_COLUMNS - 1) / TQ_MVE_FEW_COLUMNS;
  int64_t work = 0;

  if (layer->x_levels != 2 || layer->w_levels != 2 || how->levels != 2) return 0;
  if (layer->dims->input.c != filter.c || filter.c > TQ_WORD_BITS) return 0;
  few->layer = layer;
  few->plan = tq_mve_few_plan_of(layer, &work);
  if (few->plan.lookups == 0 || work >= others_work(layer)) return 0;
  few->columns = (width + runs - 1) / runs;
  few->rows = runs > 1 ? 1 : tq_clamp(TQ_MVE_FEW_POSITIONS / width, 1, layer->dims->output.h);
  few->shared = layer->stride_h * layer->dilation_h * few->plan.rows == 1;
  few->list = (few->rows + (few->shared ? few->plan.down - 1 : 0)) * few->columns;
  few->line_words = (few->columns - 1) * layer->stride_w + (filter.w - 1) * layer->dilation_w + 1;
  return tq_mve_few_bytes(few) <= tq_mve_sliced_scratch(layer->dims);
}
