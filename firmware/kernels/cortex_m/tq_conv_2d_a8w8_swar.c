#include "../common/tq_swar_int8.h"
#include "tinyq/tq_kernels_swar.h"

void tq_conv_2d_a8w8_swar(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c;
  tq_swar_int8(params, dims, input, weights, 1, taps, bias, output, scratch);
}
