#include "../common/tq_sliced_lines.h"

int32_t tq_conv_2d_bits_sliced_scratch(const tq_conv_dims *dims) { return tq_sliced_few_scratch(dims); }
