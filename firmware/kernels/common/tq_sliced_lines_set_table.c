#include "tq_sliced_lines_scale.h"

void tq_sliced_lines_set_table(const tq_sliced_lines *l, int32_t o, const tq_sliced_lines_filter *f) {
  const tq_sliced_lines_scale scale = tq_sliced_lines_scale_of(l, o, f);
  int8_t *const table = l->tables + f->table;
  const uint32_t most = (uint32_t)f->most;

  if (scale.quick) {
    for (uint32_t e = 0; e <= most; e++) table[e] = tq_sliced_lines_output(&scale, 1, e);
  } else {
    for (uint32_t e = 0; e <= most; e++) table[e] = tq_sliced_lines_output(&scale, 0, e);
  }
}
