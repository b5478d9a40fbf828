#include "../common/tq_mve_conv_2d.h"
#include "tinyq/tq_kernels_mve.h"

int32_t tq_conv_2d_a8w8_mve_scratch(const tq_conv_dims *dims) { return tq_mve_conv_2d_scratch(dims, 0); }
