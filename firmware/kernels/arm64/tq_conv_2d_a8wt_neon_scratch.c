#include "../common/tq_neon_codes.h"

int32_t tq_conv_2d_a8wt_neon_scratch(const tq_conv_dims *dims) {
  const int32_t own = tq_neon_conv_2d_codes_scratch(dims), opt = tq_conv_2d_a8wt_opt_scratch(dims);
  return own > opt ? own : opt;
}
