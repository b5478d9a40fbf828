#include "tq_swar_int8.h"

int32_t tq_swar_int8_scratch(const tq_conv_dims *dims) {
  const tq_swar_int8_plan plan = tq_swar_int8_plan_of(dims);
  const tq_swar_int8_lines lines = tq_swar_int8_lines_of(dims);
  const int32_t windows = plan.x_bytes + plan.sums_bytes + dims->filter.c;
  const int32_t along = 4 * (lines.taps + lines.positions + dims->filter.h * lines.words);

  return tq_swar_int8_is_line(dims) && along > windows ? along : windows;
}
