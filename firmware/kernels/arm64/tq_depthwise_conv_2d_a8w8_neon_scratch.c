#include "../common/tq_neon_depthwise.h"

int32_t tq_depthwise_conv_2d_a8w8_neon_scratch(const tq_conv_dims *dims) { return tq_neon_depthwise_scratch(dims); }
