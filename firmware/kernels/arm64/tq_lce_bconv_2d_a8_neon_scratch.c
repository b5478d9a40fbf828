#include "../common/tq_neon_lce.h"

int32_t tq_lce_bconv_2d_a8_neon_scratch(const tq_conv_dims *dims) { return tq_neon_lce_scratch(dims); }
