#include "../common/tq_x86_int8.h"
#include "tinyq/tq_kernels_x86.h"

/* They are not packed. */
static const int8_t *weights_of(const tq_conv_params *params, const void *weights, int32_t channel, int32_t count,
                                int8_t *buffer) {
  (void)params;
  (void)buffer;
  return (const int8_t *)weights + channel * count;
}

void tq_conv_2d_a8w8_x86(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch) {
  if (tq_x86_conv_int8(params, dims, input, weights, weights_of, bias, output, scratch, NULL)) return;
  tq_conv_2d_a8w8_opt(params, dims, input, weights, bias, output);
}
