#include "tq_swar_lines.h"

static int32_t bytes_of(const tq_conv_dims *dims) {
  const tq_swar_lines_plan plan = tq_swar_lines_plan_of(dims);
  return plan.rows_bytes + plan.lanes_bytes + plan.filters * plan.filter_bytes + plan.codes_bytes;
}

int32_t tq_swar_lines_scratch(const tq_conv_dims *dims) {
  const tq_conv_dims turned = tq_swar_turned(dims);
  const int32_t rows = bytes_of(dims), columns = tq_swar_is_narrow(dims) ? bytes_of(&turned) : 0;

  return rows > columns ? rows : columns; /* dilations say which it is */
}
