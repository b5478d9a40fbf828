#include "tq_neon_few.h"
#include "tq_neon_gemm.h"

/* The weights come first; four filters, as the _opt kernels take them, are no more. */
int32_t tq_neon_conv_2d_few_scratch(const tq_conv_dims *dims) {
  const int32_t weights = dims->filter.n * dims->filter.h * dims->filter.w * dims->filter.c;
  return (weights + 15) / 16 * 16 + tq_neon_conv_2d_gemm_scratch(dims);
}
