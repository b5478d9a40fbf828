#include "../common/tq_sliced_lce.h"

int32_t tq_lce_bconv_2d_f32_sliced_scratch(const tq_conv_dims *dims) { return tq_sliced_scratch(dims); }
