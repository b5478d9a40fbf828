#include "../common/tq_dsp_conv_2d.h"
#include "tinyq/tq_kernels_dsp.h"

int32_t tq_conv_2d_a8w8_dsp_scratch(const tq_conv_dims *dims) { return tq_dsp_conv_2d_scratch(dims, 0); }
