#include "../common/tq_mve_conv_2d.h"
#include "tinyq/tq_kernels_mve.h"

void tq_conv_2d_a8w8_mve(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_dsp_weights how = {weights, NULL, NULL, 0};
  tq_mve_conv_2d(params, dims, input, &how, bias, output, scratch);
}
