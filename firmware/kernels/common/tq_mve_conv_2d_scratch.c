#include "tq_mve_conv_2d.h"
#include "tq_mve_rows.h"

/* In the order in which tq_mve_conv_2d lays them. */
int32_t tq_mve_conv_2d_scratch(const tq_conv_dims *dims, int packed) {
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c;
  const int32_t filters = tq_mve_filters_at_once(dims, packed);
  const int32_t words = TQ_MVE_SCALE_BYTES * filters + 4 * TQ_MVE_POSITIONS * TQ_MVE_APART;
  const int32_t bytes = words + (2 + 3) * taps + (packed ? filters * taps : 0);
  const int32_t rows = dims->input.c == 1 && dims->filter.h == 1 ? tq_mve_rows_scratch(dims) : 0;

  return bytes > rows ? bytes : rows;
}
