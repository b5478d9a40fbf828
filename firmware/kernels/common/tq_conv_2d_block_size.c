#include "tq_conv_2d_block.h"

int32_t tq_conv_2d_block_size(const tq_conv_dims *dims, int32_t channel) {
  const int32_t group_size = dims->filter.n / (dims->input.c / dims->filter.c);
  const int32_t left = group_size - channel % group_size;
  return left < TQ_BLOCK ? left : TQ_BLOCK;
}
