#include "../common/tq_swar_conv_2d.h"
#include "tinyq/tq_kernels_swar.h"

int32_t tq_conv_2d_a8wt_swar_scratch(const tq_conv_dims *dims) { return tq_swar_conv_2d_scratch(dims, 1); }
