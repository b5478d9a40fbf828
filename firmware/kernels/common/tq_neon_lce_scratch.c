#include "tq_lce_block.h"
#include "tq_neon_lce.h"

/* Signs, and the sums of a position; never less than the _opt kernels take. */
int32_t tq_neon_lce_scratch(const tq_conv_dims *dims) {
  const int32_t opt = tq_lce_bconv_2d_blocks_scratch(dims);

  if (!tq_neon_conv_2d_bits_fits(dims)) return opt;
  const int32_t all = tq_neon_signs_scratch(dims) + 4 * ((dims->filter.n + 7) / 8 * 8);
  return all > opt ? all : opt;
}
