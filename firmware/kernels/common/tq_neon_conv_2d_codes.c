#include <stddef.h>

#include "tq_neon.h"
#include "tq_neon_codes.h"
#include "tq_neon_gemm.h"
#include "tq_neon_table.h"

#define FEW 32 /* inputs of a row: sums of codes begin and end for so few steps of them that weights take less */

/* codes *= level */
static void multiply(int32_t count, int32_t level, int8_t *codes) {
  int32_t i = 0;

#if TQ_NEON
  const int8x16_t by = vdupq_n_s8((int8_t)level);
  for (; i + 16 <= count; i += 16) vst1q_s8(codes + i, vmulq_s8(vld1q_s8(codes + i), by));
#endif
  for (; i < count; i++) codes[i] = (int8_t)(codes[i] * level);
}

int32_t tq_neon_conv_2d_codes(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t base, const int32_t *bias, int8_t *output,
                              void *scratch) {
  const int32_t run = dims->filter.h * dims->filter.w * dims->filter.c, weights = run * dims->filter.n;
  const int32_t as_codes = run > FEW;
  int8_t *const codes = scratch;
  tq_conv_params scaling = *params;
  tq_table_plan plan;

  if (tq_neon_table_plan(params, dims, base, &plan) &&
      tq_neon_table_work(&plan, dims, 1) < tq_neon_gemm_work(params, dims, as_codes)) {
    return tq_neon_conv_2d_table(params, dims, input, packed, base, 1, bias, output, scratch);
  }
  if (dims->input.c != dims->filter.c) return 0;
  tq_neon_unpack(packed, base, weights, codes);
  if (!as_codes) {
    for (int32_t o = 0; o < dims->filter.n; o++) multiply(run, params->levels[o], codes + o * run);
    scaling.levels = NULL;
  }
  return tq_neon_conv_2d_gemm(&scaling, dims, input, codes, as_codes, bias, output,
                              codes + (weights + 15) / 16 * 16);
}
