#include "tq_swar_conv_2d.h"

int32_t tq_swar_conv_2d_scratch(const tq_conv_dims *dims, int ternary) {
  const tq_swar_plan plan = tq_swar_plan_of(dims, ternary);
  return plan.tables_bytes + plan.x_bytes + plan.lanes_bytes + plan.sums_bytes + (dims->filter.c + 3) / 4 * 4;
}
