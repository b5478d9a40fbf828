#include "tq_mve_dense.h"

/* Scales, sums. */
int32_t tq_mve_dense_scratch(const tq_fully_connected_dims *dims) {
  return TQ_MVE_SCALE_BYTES * TQ_MVE_APART + 4 * (dims->c_out + 3);
}
