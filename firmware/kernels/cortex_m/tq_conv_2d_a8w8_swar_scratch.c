#include "../common/tq_swar_int8.h"
#include "tinyq/tq_kernels_swar.h"

int32_t tq_conv_2d_a8w8_swar_scratch(const tq_conv_dims *dims) { return tq_swar_int8_scratch(dims); }
