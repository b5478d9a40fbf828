#include "tq_neon_codes.h"
#include "tq_neon_gemm.h"
#include "tq_neon_table.h"

int32_t tq_neon_conv_2d_codes(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t base, const int32_t *bias, int8_t *output,
                              void *scratch) {
  const int32_t weights = dims->filter.n * dims->filter.h * dims->filter.w * dims->filter.c;
  int8_t *const codes = scratch;
  tq_table_plan plan;

  if (tq_neon_table_plan(params, dims, base, &plan) &&
      tq_neon_table_work(&plan, dims, 1) < tq_neon_gemm_work(params, dims, 1)) {
    return tq_neon_conv_2d_table(params, dims, input, packed, base, 1, bias, output, scratch);
  }
  if (dims->input.c != dims->filter.c) return 0;
  tq_neon_unpack(packed, base, weights, codes);
  return tq_neon_conv_2d_gemm(params, dims, input, codes, 1, bias, output, codes + (weights + 15) / 16 * 16);
}
