#include "../common/tq_dsp_depthwise.h"
#include "tinyq/tq_kernels_dsp.h"

int32_t tq_depthwise_conv_2d_a8w8_dsp_scratch(const tq_conv_dims *dims) {
  return tq_dsp_depthwise_scratch(dims, 0);
}
