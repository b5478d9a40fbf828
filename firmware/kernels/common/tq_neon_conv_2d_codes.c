#include "tq_neon_codes.h"
#include "tq_neon_gemm.h"
#include "tq_neon_table.h"

/* Instructions, fitted to counts of 17 layers: to add a lane of a row 1/6, to build one of an entry 2/5, to find a row
 * 8, those of a table 100; an output 5, a weight 5, an input that is laid 2. */
static int64_t work_of_tables(const tq_table_plan *plan, const tq_conv_dims *dims) {
  const int64_t lanes = (plan->lanes + 31) / 32 * 32, blocks = (lanes + plan->block - 1) / plan->block;
  const int64_t rows = (int64_t)dims->filter.n * plan->tables * plan->uses;
  const int64_t weights = (int64_t)dims->filter.n * dims->filter.h * dims->filter.w * dims->filter.c;
  int64_t work, entries = 1;

  for (int32_t i = 0; i < plan->digits; i++) entries *= plan->base;
  work = rows * lanes / 6 + plan->tables * (lanes + blocks * plan->reach) * entries * 2 / 5;
  work += blocks * (8 * rows + (int64_t)100 * dims->filter.n * plan->tables);
  return work + 5 * dims->filter.n * lanes + 5 * weights + (int64_t)2 * dims->filter.c * plan->plane;
}

/* A step of 16 inputs of 4 positions by 4 filters 49 (by SDOT: 21), to put their outputs 130, to begin 4 filters in a
 * row 60; to lay 16 inputs of a row of the filter 6, to turn one of a column 1; a weight 1. */
static int64_t work_of_products(const tq_conv_params *params, const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter, out = dims->output;
  const int32_t row = filter.w * filter.c, taps = filter.h * row, steps = (taps + 15) / 16;
  const int32_t in_place = filter.h == 1 && (params->dilation_w == 1 || filter.w == 1);
  const int64_t tile = 130 + steps * (tq_neon_has_dot() ? 21 : 49), tiles = (out.w + 3) / 4;
  const int64_t lay = in_place ? 0 : (int64_t)out.w * filter.h * (row == 1 ? 1 : (row + 15) / 16 * 6);

  return out.h * ((filter.n + 3) / 4 * (tiles * tile + 60) + lay) + (int64_t)filter.n * taps;
}

int32_t tq_neon_conv_2d_codes(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t base, const int32_t *bias, int8_t *output,
                              void *scratch) {
  const int32_t weights = dims->filter.n * dims->filter.h * dims->filter.w * dims->filter.c;
  int8_t *const codes = scratch;
  tq_table_plan plan;

  if (tq_neon_table_plan(params, dims, base, &plan) &&
      work_of_tables(&plan, dims) < work_of_products(params, dims)) {
    return tq_neon_conv_2d_table(params, dims, input, packed, base, bias, output, scratch);
  }
  if (dims->input.c != dims->filter.c) return 0;
  tq_neon_unpack(packed, base, weights, codes);
  return tq_neon_conv_2d_gemm(params, dims, input, codes, 1, bias, output, codes + (weights + 15) / 16 * 16);
}
