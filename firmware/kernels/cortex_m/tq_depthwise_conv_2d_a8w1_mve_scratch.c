#include "../common/tq_mve_depthwise.h"
#include "tinyq/tq_kernels_mve.h"

int32_t tq_depthwise_conv_2d_a8w1_mve_scratch(const tq_conv_dims *dims) { return tq_mve_depthwise_scratch(dims); }
