#include "tinyq/tq_keeping_x86.h"
#include "tinyq/tq_kernels_x86.h"

void tq_conv_2d_bits_x86(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                         const int32_t *weights, int32_t *output, void *scratch) {
  tq_conv_2d_bits_x86_keeping(params, dims, input, weights, output, scratch, NULL);
}
