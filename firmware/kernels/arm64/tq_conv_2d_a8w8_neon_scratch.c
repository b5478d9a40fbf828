#include "../common/tq_neon_gemm.h"

int32_t tq_conv_2d_a8w8_neon_scratch(const tq_conv_dims *dims) { return tq_neon_conv_2d_gemm_scratch(dims); }
