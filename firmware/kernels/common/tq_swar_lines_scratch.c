#include "tq_swar_lines.h"

int32_t tq_swar_lines_scratch(const tq_conv_dims *dims) {
  const tq_swar_lines_plan plan = tq_swar_lines_plan_of(dims);
  return plan.rows_bytes + plan.lanes_bytes + plan.filters * plan.filter_bytes + plan.codes_bytes;
}
