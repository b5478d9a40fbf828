#include "tq_listed.h"

/* Sums of all groups, places of a block's inputs, and carries. */
int32_t tq_listed_dense_scratch(const tq_fully_connected_dims *dims) {
  const int32_t outputs = dims->c_out / TQ_LISTED_OUTPUTS * TQ_LISTED_OUTPUTS;
  return 4 * (outputs + tq_listed_block(dims->c_in) + TQ_LISTED_CARRIES);
}
