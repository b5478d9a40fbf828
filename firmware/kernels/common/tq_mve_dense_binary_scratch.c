#include "tq_mve_dense.h"

/* Inputs as whole vectors. */
int32_t tq_mve_dense_binary_scratch(const tq_fully_connected_dims *dims) {
  return tq_mve_dense_scratch(dims) + (dims->c_in + 15) / 16 * 16;
}
