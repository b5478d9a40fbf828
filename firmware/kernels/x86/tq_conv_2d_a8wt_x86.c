#include "tinyq/tq_kernels_x86.h"
#include "tinyq/tq_keeping_x86.h"

void tq_conv_2d_a8wt_x86(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch) {
  tq_conv_2d_a8wt_x86_keeping(params, dims, input, packed, bias, output, scratch, NULL);
}
