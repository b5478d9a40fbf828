#include "tq_mve_few.h"

static int32_t parts_of(int32_t whole, int32_t part) { return (whole + part - 1) / part; }

/* Quarters of instructions: entries take 2.5, places of a look-up 2.25 for three taps of a row, or 1.75 for a part of a
 * tap, and look-ups 2.5, with their beginnings and ends. */
static int64_t work_of(const tq_sliced *layer, const tq_mve_few_plan *plan) {
  const tq_dims out = layer->dims->output;
  const int32_t together = plan->rows * layer->dilation_h == 1 ? 1 : plan->down; /* rows of places for an output row */
  const int32_t see = plan->parts > 1 ? 7 : 9 * plan->rows * parts_of(plan->columns, 3);
  const int32_t position = 10 * plan->lookups + 12 + see * together * plan->across * plan->parts;
  const int64_t row = (int64_t)out.w * position + 240 + 160 * together * plan->rows * plan->across * plan->parts;

  return parts_of(out.c, TQ_MVE_FEW_LANES) * ((int64_t)out.n * out.h * row + 10 * (plan->lookups << plan->bits));
}

static void try(const tq_sliced *layer, int32_t rows, int32_t columns, int32_t parts, tq_mve_few_plan *best, int64_t *least) {
  const tq_dims filter = layer->dims->filter;
  const int32_t bits = rows * columns * parts_of(filter.c, parts);
  tq_mve_few_plan plan = {rows, columns, parts, parts_of(filter.h, rows), parts_of(filter.w, columns), 0, bits < 4 ? 4 : bits};
  int64_t work;

  plan.lookups = plan.down * plan.across * parts;
  if (bits > TQ_MVE_FEW_BITS || plan.lookups > TQ_MVE_FEW_LOOKUPS) return;
  if (plan.lookups << plan.bits > TQ_MVE_FEW_ENTRIES) return;
  work = work_of(layer, &plan);
  if (best->lookups > 0 && work >= *least) return;
  *best = plan;
  *least = work;
}

tq_mve_few_plan tq_mve_few_plan_of(const tq_sliced *layer, int64_t *work) {
  const tq_dims filter = layer->dims->filter;
  tq_mve_few_plan best = {0};

  if (filter.h * filter.w * filter.c > TQ_MVE_FEW_LOOKUPS * TQ_MVE_FEW_BITS) return best;
  for (int32_t parts = 2; parts <= TQ_MVE_FEW_LOOKUPS; parts++) try(layer, 1, 1, parts, &best, work);
  for (int32_t columns = 1; columns <= filter.w; columns++) try(layer, 1, columns, 1, &best, work);
  for (int32_t rows = 2; rows <= filter.h; rows++) try(layer, rows, filter.w, 1, &best, work);
  return best;
}
