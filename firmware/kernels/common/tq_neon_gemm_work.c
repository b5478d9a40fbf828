#include "tq_neon_gemm.h"

/* Of an image. A step of 16 inputs of 4 positions by 4 filters: of codes 49, of weights 61 (by SDOT 21); to put their
 * outputs 130, to begin 4 filters in a row 60; to lay 16 inputs of a row of the filter 6, to turn one of a column 1; a
 * weight 1. */
int64_t tq_neon_gemm_work(const tq_conv_params *params, const tq_conv_dims *dims, int32_t codes) {
  const tq_dims filter = dims->filter, out = dims->output;
  const int32_t row = filter.w * filter.c, taps = filter.h * row, steps = (taps + 15) / 16;
  const int32_t whole = tq_gemm_in_place(params, dims), rows = whole ? 1 : out.h, row_w = whole ? out.h * out.w : out.w;
  const int32_t in_place = filter.h == 1 && (params->dilation_w == 1 || filter.w == 1);
  const int64_t tile = 130 + steps * (tq_neon_has_dot() ? 21 : codes ? 49 : 61), tiles = (row_w + 3) / 4;
  const int64_t lay = in_place ? 0 : (int64_t)out.w * filter.h * (row == 1 ? 1 : (row + 15) / 16 * 6);

  return rows * ((filter.n + 3) / 4 * (tiles * tile + 60) + lay) + (int64_t)filter.n * taps;
}
