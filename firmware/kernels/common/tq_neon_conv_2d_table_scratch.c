#include "tq_neon_table.h"

int32_t tq_neon_conv_2d_table_scratch(const tq_conv_dims *dims, int32_t planes) {
  const tq_conv_dims all = tq_table_dims(dims, planes);
  const tq_table_sizes s = tq_neon_table_sizes(&all);
  return s.table + s.sums + s.wide + s.zero + s.offsets + s.indices + s.codes + s.planes + s.outputs;
}
