#include "tq_lce_block.h"

int32_t tq_lce_bconv_2d_blocks_scratch(const tq_conv_dims *dims) {
  const int32_t words = dims->filter.h * dims->filter.w * ((dims->filter.c + 31) / 32);
  return (int32_t)sizeof(uint32_t) * TQ_LCE_POSITIONS * words;
}
