#include "tq_mve_dense.h"

/* Inputs twice: in order, and as digits lie. */
int32_t tq_mve_dense_ternary_scratch(const tq_fully_connected_dims *dims) {
  return tq_mve_dense_scratch(dims) + 2 * tq_mve_laid_bytes(dims->c_in);
}
