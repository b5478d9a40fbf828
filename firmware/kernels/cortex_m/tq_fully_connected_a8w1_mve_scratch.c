#include "../common/tq_mve_dense.h"
#include "tinyq/tq_kernels_mve.h"

int32_t tq_fully_connected_a8w1_mve_scratch(const tq_fully_connected_dims *dims) {
  return tq_mve_dense_binary_scratch(dims);
}
