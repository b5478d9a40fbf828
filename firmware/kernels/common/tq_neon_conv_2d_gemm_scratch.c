#include "tq_neon_gemm.h"

/* In the order in which tq_neon_conv_2d_gemm lays them. */
int32_t tq_neon_conv_2d_gemm_scratch(const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter;
  const int32_t steps = (filter.h * filter.w * filter.c + 15) / 16, filters = (filter.n + 3) / 4 * 4;
  const int32_t copy = filter.h * (dims->input.w + 2 * filter.w) * filter.c;

  return (4 * (TQ_GEMM_ROWS + 1) + 16 * steps) * filters + 16 * (TQ_GEMM_ROWS + 1) * steps + 16 + copy + 16;
}
