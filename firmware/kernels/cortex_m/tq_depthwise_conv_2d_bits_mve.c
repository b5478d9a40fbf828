#include "../common/tq_mve_depthwise_bits.h"
#include "tinyq/tq_kernels_mve.h"

void tq_depthwise_conv_2d_bits_mve(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                   const int32_t *input, const int32_t *weights, int32_t *output, void *scratch) {
  tq_mve_depthwise_conv_bits(params, dims, input, weights, NULL, tq_store_sum_bits, output, scratch);
}
