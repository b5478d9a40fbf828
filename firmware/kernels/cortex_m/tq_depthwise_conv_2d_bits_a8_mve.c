#include "../common/tq_mve_depthwise_bits.h"
#include "tinyq/tq_kernels_mve.h"

void tq_depthwise_conv_2d_bits_a8_mve(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                      const int32_t *input, const int32_t *weights, const int32_t *bias, int8_t *output, void *scratch) {
  tq_mve_depthwise_conv_bits(params, dims, input, weights, bias, tq_store_sum_a8, output, scratch);
}
