#include "tq_swar_dense.h"

int32_t tq_swar_dense_scratch(const tq_fully_connected_dims *dims, int ternary) {
  const int32_t tables = tq_swar_fields(ternary) * tq_swar_entries(ternary) * tq_swar_dense_units(dims->c_in, ternary);
  return 4 * dims->c_out + 2 * tables;
}
