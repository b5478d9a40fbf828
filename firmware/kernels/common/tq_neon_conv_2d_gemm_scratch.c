#include "tq_neon_gemm.h"

/* In the order in which tq_neon_conv_2d_gemm lays them; 16 bytes may be read behind the copy, and behind columns. */
int32_t tq_neon_conv_2d_gemm_scratch(const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter;
  const int32_t taps = filter.h * filter.w * filter.c;
  const int32_t copy = filter.h * (dims->input.w + 2 * filter.w) * filter.c + 16;
  const int32_t laid = tq_gemm_rows_at_once(taps) * tq_gemm_row(taps);
  const int32_t turned = filter.w == 1 && filter.c == 1 ? copy : 0;

  return tq_gemm_laid(filter.n, taps) + copy + (turned > laid ? turned : laid);
}
