#include "tq_swar_lines.h"

int32_t tq_swar_conv_2d_scratch(const tq_conv_dims *dims, int ternary) {
  const tq_swar_plan plan = tq_swar_plan_of(dims, ternary);
  const int32_t tables = plan.tables_bytes + plan.x_bytes + plan.lanes_bytes + plan.sums_bytes,
                all = tables + (dims->filter.c + 3) / 4 * 4, lines = tq_swar_is_lines(dims) ? tq_swar_lines_scratch(dims) : 0;

  return lines > all ? lines : all;
}
