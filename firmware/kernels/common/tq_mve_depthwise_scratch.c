#include "tq_mve_depthwise.h"
#include "tq_mve_rows.h"

/* In the order in which tq_mve_depthwise lays them. */
int32_t tq_mve_depthwise_scratch(const tq_conv_dims *dims) {
  const int32_t taps = dims->filter.h * dims->filter.w, blocks = (dims->output.c + TQ_MVE_LANES - 1) / TQ_MVE_LANES;
  const int32_t words = 2 * taps + TQ_MVE_APART * (3 + TQ_MVE_POSITIONS);
  const int32_t lanes = 4 * words + taps * (TQ_MVE_LANES * blocks + dims->output.c + dims->input.c);
  const int32_t rows = dims->filter.h == 1 ? tq_mve_rows_scratch(dims) + taps * dims->output.c : 0;

  return lanes > rows ? lanes : rows;
}
