#include "tq_swar_int8.h"

tq_swar_int8_plan tq_swar_int8_plan_of(const tq_conv_dims *dims) {
  const int32_t filters = dims->filter.n / (dims->input.c / dims->filter.c), tap = 4 * TQ_SWAR_TILE;
  tq_swar_int8_plan plan;

  plan.taps = dims->filter.h * dims->filter.w * dims->filter.c;
  plan.filters = filters < 64 ? filters : 64;
  plan.sums_bytes = 4 * TQ_SWAR_TILE * plan.filters;
  plan.chunk = (TQ_SWAR_SCRATCH - plan.sums_bytes - dims->filter.c) / tap;
  if (plan.chunk < TQ_SWAR_TILE) plan.chunk = TQ_SWAR_TILE;
  if (plan.chunk > plan.taps) plan.chunk = plan.taps;
  plan.x_bytes = tap * plan.chunk;
  return plan;
}
