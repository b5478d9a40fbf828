#include "../common/tq_x86_int8.h"
#include "tinyq/tq_kernels_x86.h"

int32_t tq_conv_2d_x86_kept(const tq_conv_dims *dims) { return tq_x86_kept_int8(dims); }
