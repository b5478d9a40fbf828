#include "tq_swar_lines.h"

tq_swar_plan tq_swar_plan_of(const tq_conv_dims *dims, int ternary) {
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c;
  const int32_t filters = dims->filter.n / (dims->input.c / dims->filter.c);
  const int32_t outside = (dims->filter.c + 3) / 4 * 4, unit_taps = tq_swar_unit_taps(ternary);
  const int32_t table = 4 * TQ_SWAR_WORDS * tq_swar_fields(ternary) * tq_swar_entries(ternary);
  const int32_t unit = table + 4 * TQ_SWAR_WORDS * unit_taps;
  tq_swar_plan plan;

  plan.ternary = ternary;
  plan.taps = taps;
  plan.row_units = tq_swar_units(taps, ternary);
  plan.filters = filters < 64 ? filters : 64;
  plan.lanes_bytes = 4 * TQ_SWAR_WORDS * plan.filters;
  plan.sums_bytes = plan.row_units * unit_taps > TQ_SWAR_TAPS ? 4 * TQ_SWAR_TILE * plan.filters : 0;
  const int32_t room = (TQ_SWAR_SCRATCH - plan.lanes_bytes - plan.sums_bytes - outside) / unit;
  /* Where tq_swar_lines takes nearly all, what it leaves does with less. */
  plan.units = room < 1 || tq_swar_is_lines(dims) ? 1 : room < plan.row_units ? room : plan.row_units;
  plan.tables_bytes = table * plan.units;
  plan.x_bytes = 4 * TQ_SWAR_WORDS * unit_taps * plan.units;
  return plan;
}
