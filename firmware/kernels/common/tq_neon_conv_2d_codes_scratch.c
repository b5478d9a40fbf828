#include "tq_neon_codes.h"
#include "tq_neon_gemm.h"
#include "tq_neon_table.h"

int32_t tq_neon_conv_2d_codes_scratch(const tq_conv_dims *dims) {
  const int32_t weights = dims->filter.n * dims->filter.h * dims->filter.w * dims->filter.c;
  const int32_t table = tq_neon_conv_2d_table_scratch(dims, 1);
  const int32_t gemm = (weights + 15) / 16 * 16 + tq_neon_conv_2d_gemm_scratch(dims);
  return table > gemm ? table : gemm;
}
