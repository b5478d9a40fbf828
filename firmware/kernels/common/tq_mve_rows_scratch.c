#include "tq_mve_rows.h"

int32_t tq_mve_rows_scratch(const tq_conv_dims *dims) {
  return tq_mve_row_bytes(dims) * dims->output.c + 4 * TQ_MVE_ALONG + (TQ_MVE_ALONG + dims->filter.w + TQ_MVE_BEHIND + 3) / 4 * 4;
}
