#include "../common/tq_swar_dense.h"
#include "tinyq/tq_kernels_swar.h"

int32_t tq_fully_connected_a8w1_swar_scratch(const tq_fully_connected_dims *dims) {
  return tq_swar_dense_scratch(dims, 0);
}
