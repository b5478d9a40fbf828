#include "../common/tq_swar_conv_2d.h"
#include "tinyq/tq_kernels_swar.h"

void tq_conv_2d_a8wt_swar(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint16_t *arranged, const int32_t *bias, int8_t *output, void *scratch) {
  tq_swar_conv_2d(params, dims, input, arranged, 1, bias, output, scratch);
}
