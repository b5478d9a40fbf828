#include "../common/tq_neon_few.h"

int32_t tq_depthwise_conv_2d_a8w2_neon_scratch(const tq_conv_dims *dims) {
  return tq_neon_depthwise_few_scratch(dims);
}
