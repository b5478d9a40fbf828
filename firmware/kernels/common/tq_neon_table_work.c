#include "tq_neon_table.h"

/* Instructions, fitted to counts of 17 layers: to add a lane of a row 1/6, to build one of an entry 2/5, to find a row
 * 8, those of a table 100; an output 5, a weight 5, an input that is laid 2. */
int64_t tq_neon_table_work(const tq_table_plan *plan, const tq_conv_dims *dims, int32_t planes) {
  const int32_t filters = planes * dims->filter.n;
  const int64_t lanes = (plan->lanes + 31) / 32 * 32, blocks = (lanes + plan->block - 1) / plan->block;
  const int64_t rows = (int64_t)filters * plan->tables * plan->uses;
  const int64_t weights = (int64_t)filters * dims->filter.h * dims->filter.w * dims->filter.c;
  int64_t work, entries = 1;

  for (int32_t i = 0; i < plan->digits; i++) entries *= plan->base;
  work = rows * lanes / 6 + plan->tables * (lanes + blocks * plan->reach) * entries * 2 / 5;
  work += blocks * (8 * rows + (int64_t)100 * filters * plan->tables);
  return work + 5 * filters * lanes + 5 * weights + (int64_t)2 * dims->filter.c * plan->plane;
}
