#include "../common/tq_lce_block.h"

int32_t tq_lce_bconv_2d_a1_opt_scratch(const tq_conv_dims *dims) { return tq_lce_bconv_2d_blocks_scratch(dims); }
