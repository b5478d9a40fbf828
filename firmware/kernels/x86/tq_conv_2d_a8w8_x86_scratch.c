#include "../common/tq_x86_int8.h"
#include "tinyq/tq_kernels_x86.h"

int32_t tq_conv_2d_a8w8_x86_scratch(const tq_conv_dims *dims) { return tq_x86_conv_int8_scratch(dims); }
