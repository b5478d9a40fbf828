#include "tq_swar_lines.h"

static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

tq_swar_lines_plan tq_swar_lines_plan_of(const tq_conv_dims *dims) {
  const int32_t h = dims->filter.h, w = dims->filter.w, multiplier = dims->filter.n / dims->input.c;
  const int32_t tiles = smaller((dims->output.w + TQ_SWAR_TILE - 1) / TQ_SWAR_TILE, TQ_SWAR_TILES);
  /* Of one tile, phases have 5 * w words at most, whatever the stride; of more of them 4 * w each. */
  const int32_t least = 20 * h * w, most = 4 * (h + TQ_SWAR_MORE_ROWS) * w * (TQ_SWAR_WORDS * tiles + 1);
  tq_swar_lines_plan plan;

  plan.taps = h * w;
  plan.filter_bytes = (int32_t)sizeof(tq_swar_filter) + (2 * plan.taps + 3) / 4 * 4;
  plan.filters = smaller(multiplier, TQ_SWAR_ROWS_BYTES / plan.filter_bytes);
  plan.rows_bytes = smaller(most, least > TQ_SWAR_ROWS_BYTES ? least : TQ_SWAR_ROWS_BYTES);
  plan.lanes_bytes = 4 * TQ_SWAR_WORDS * tiles;
  plan.codes_bytes = (plan.taps + 3) / 4 * 4;
  return plan;
}
