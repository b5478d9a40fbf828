#include "../common/tq_swar_int8.h"
#include "tinyq/tq_kernels_swar.h"

void tq_depthwise_conv_2d_a8w8_swar(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                    const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_conv_dims grouped = tq_swar_as_groups(dims);
  tq_swar_int8(params, &grouped, input, weights, dims->filter.c, 1, bias, output, scratch);
}
