#include "tq_neon_codes.h"
#include "tq_neon_gemm.h"
#include "tq_neon_table.h"

/* Instructions, as counted: to add 16 lanes of a row 4, to build 16 lanes of an entry 5, to find a row 6, an output
 * 8. */
static int64_t work_of_tables(const tq_table_plan *plan, const tq_conv_dims *dims) {
  const int64_t lanes = (plan->lanes + 31) / 32 * 32, blocks = (lanes + plan->block - 1) / plan->block;
  const int64_t rows = (int64_t)dims->filter.n * plan->tables * plan->uses;
  int64_t work, entries = 1;

  for (int32_t i = 0; i < plan->digits; i++) entries *= plan->base;
  work = rows * lanes / 4 + plan->tables * (lanes + blocks * plan->reach) * entries * 5 / 16;
  return work + blocks * (6 * rows + (int64_t)60 * dims->filter.n * plan->tables) + dims->filter.n * lanes * 8;
}

/* 7 weights (by SDOT: 13) and a position 1, an output 10, to lay a run of 16 inputs 4, another run 12. */
static int64_t work_of_products(const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter, out = dims->output;
  const int64_t positions = (int64_t)out.h * ((out.w + 7) / 8 * 8);
  const int64_t weights = (int64_t)filter.n * filter.h * filter.w * filter.c;
  const int64_t position = 60 + filter.h * 12 + weights / filter.n / 4;

  return positions * (weights / (tq_neon_has_dot() ? 13 : 7) + filter.n * 10 + position) + weights;
}

int32_t tq_neon_conv_2d_codes(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t base, const int32_t *bias, int8_t *output,
                              void *scratch) {
  const int32_t weights = dims->filter.n * dims->filter.h * dims->filter.w * dims->filter.c;
  int8_t *const codes = scratch;
  tq_table_plan plan;

  if (tq_neon_table_plan(params, dims, base, &plan) &&
      work_of_tables(&plan, dims) < work_of_products(dims)) {
    return tq_neon_conv_2d_table(params, dims, input, packed, base, bias, output, scratch);
  }
  if (dims->input.c != dims->filter.c) return 0;
  tq_neon_unpack(packed, base, weights, codes);
  return tq_neon_conv_2d_gemm(params, dims, input, codes, 1, bias, output, codes + (weights + 15) / 16 * 16);
}
