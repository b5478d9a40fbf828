#include "tq_neon_few.h"
#include "tq_neon_gemm.h"

int32_t tq_neon_conv_2d_few(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                            const uint8_t *packed, int32_t bits, const int32_t *bias, int8_t *output,
                            void *scratch) {
  const int32_t run = dims->filter.h * dims->filter.w * dims->filter.c, filters = dims->filter.n;
  const tq_table_weights weights = {packed, params->levels, params->tables, bits, run, filters};
  int8_t *const unpacked = scratch;
  tq_conv_params scaling = *params;

  if (dims->input.c != dims->filter.c) return 0;
  scaling.levels = NULL; /* they are numbers of tables, nothing to multiply with */
  tq_neon_unpack_few(&weights, unpacked);
  return tq_neon_conv_2d_gemm(&scaling, dims, input, unpacked, 0, bias, output,
                              unpacked + (run * filters + 15) / 16 * 16);
}
