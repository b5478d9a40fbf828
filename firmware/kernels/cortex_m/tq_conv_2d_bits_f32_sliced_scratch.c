#include "../common/tq_sliced.h"

int32_t tq_conv_2d_bits_f32_sliced_scratch(const tq_conv_dims *dims) { return tq_sliced_conv_2d_bits_scratch(dims); }
