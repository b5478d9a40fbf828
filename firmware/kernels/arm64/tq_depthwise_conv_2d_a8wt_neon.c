#include "../common/tq_neon_depthwise.h"

void tq_depthwise_conv_2d_a8wt_neon(const tq_conv_params *params, const tq_conv_dims *dims,
                                    const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                    int8_t *output, void *scratch) {
  if (!tq_neon_depthwise_codes(params, dims, input, packed, 3, bias, output, scratch)) {
    tq_depthwise_conv_2d_a8wt_opt(params, dims, input, packed, bias, output, scratch);
  }
}
