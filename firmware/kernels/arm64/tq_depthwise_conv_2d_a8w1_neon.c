#include "../common/tq_neon_depthwise.h"
#include "../common/tq_neon_table.h"

void tq_depthwise_conv_2d_a8w1_neon(const tq_conv_params *params, const tq_conv_dims *dims,
                                    const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                    int8_t *output, void *scratch) {
  int8_t *const codes = (int8_t *)scratch + tq_neon_depthwise_scratch(dims);

  tq_neon_unpack(packed, 2, dims->filter.h * dims->filter.w * dims->filter.c, codes);
  if (!tq_neon_depthwise(params, dims, input, codes, 1, bias, output, scratch)) {
    tq_depthwise_conv_2d_a8w1_opt(params, dims, input, packed, bias, output, scratch);
  }
}
