#include "tq_x86_int8.h"

void tq_conv_2d_a8wt_x86_keeping(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch,
                                 void *kept) {
  if (tq_x86_conv_int8(params, dims, input, packed, tq_x86_ternary_weights, bias, output, scratch, kept)) return;
  tq_conv_2d_a8wt_opt(params, dims, input, packed, bias, output, scratch);
}
