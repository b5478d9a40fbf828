#include "tinyq/tq_keeping_x86.h"
#include "tinyq/tq_kernels_x86.h"

void tq_lce_bconv_2d_a8_x86(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                            const int32_t *filter, int8_t *output, void *scratch) {
  tq_lce_bconv_2d_a8_x86_keeping(params, dims, input, filter, output, scratch, NULL);
}
