#include "tq_neon_few.h"
#include "tq_neon_gemm.h"
#include "tq_neon_table.h"

/* Whether two planes of signs take less. */
static int32_t as_signs(const tq_conv_params *params, const tq_conv_dims *dims, int32_t bits) {
  const tq_conv_dims all = tq_table_dims(dims, 2);
  tq_table_plan plan;

  if (bits != 2) return 0;
  for (int32_t o = 0; o < dims->filter.n; o++) {
    if (!tq_table_is_two_signs(params->tables + 4 * params->levels[o])) return 0;
  }
  return tq_neon_table_plan(params, &all, 2, &plan) &&
         tq_neon_table_work(&plan, dims, 2) < tq_neon_gemm_work(params, dims, 0);
}

int32_t tq_neon_conv_2d_few(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                            const uint8_t *packed, int32_t bits, const int32_t *bias, int8_t *output,
                            void *scratch) {
  const int32_t run = dims->filter.h * dims->filter.w * dims->filter.c, filters = dims->filter.n;
  const tq_table_weights weights = {packed, params->levels, params->tables, bits, run, filters};
  int8_t *const unpacked = scratch;
  tq_conv_params scaling = *params;

  if (dims->input.c != dims->filter.c) return 0;
  if (as_signs(params, dims, bits)) {
    return tq_neon_conv_2d_table(params, dims, input, packed, 2, 2, bias, output, scratch);
  }
  scaling.levels = NULL; /* they are numbers of tables, nothing to multiply with */
  tq_neon_unpack_few(&weights, unpacked);
  return tq_neon_conv_2d_gemm(&scaling, dims, input, unpacked, 0, bias, output,
                              unpacked + (run * filters + 15) / 16 * 16);
}
