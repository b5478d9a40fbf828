#include "tq_sliced_lines_scale.h"

void tq_sliced_lines_set_table(const tq_sliced_lines *l, int32_t o, const tq_sliced_lines_filter *f) {
  const tq_sliced_lines_scale scale = tq_sliced_lines_scale_of(l, o, f);
  int8_t *at = l->tables + f->table, *const end = at + f->most + 1;
  uint32_t e = 0;

  if (scale.quick == 2) {
    for (; at < end; at++, e++) *at = tq_sliced_lines_output(&scale, 2, e);
  } else if (scale.quick) {
    for (; at < end; at++, e++) *at = tq_sliced_lines_output(&scale, 1, e);
  } else {
    for (; at < end; at++, e++) *at = tq_sliced_lines_output(&scale, 0, e);
  }
}
