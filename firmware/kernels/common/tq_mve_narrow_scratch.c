#include "tq_mve_narrow.h"

/* Ternary codes by ternary weights, with as little dilation and stride as can be. */
int32_t tq_mve_narrow_scratch(const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter;
  const int32_t right = filter.w - 1, row = dims->output.w + right;
  const tq_mve_narrow_sizes sizes = tq_mve_narrow_sizes_of(filter, 2, 1);

  if (filter.c > TQ_MVE_PAIRED || dims->input.c != filter.c || dims->input.w > row) return 0;
  if (right > TQ_MVE_SPAN || (filter.h > 1 && row > (TQ_MVE_SPAN - right) / (filter.h - 1))) return 0;
  return tq_mve_narrow_bytes(filter, &sizes);
}
