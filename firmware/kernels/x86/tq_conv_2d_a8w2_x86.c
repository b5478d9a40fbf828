#include "../common/tq_few_bits.h"
#include "../common/tq_x86_int8.h"
#include "tinyq/tq_kernels_x86.h"

static const int8_t *weights_of(const tq_conv_params *params, const void *weights, int32_t channel, int32_t count,
                                int8_t *buffer) {
  tq_unpack_2_bits(weights, channel * count, count, tq_table_of(params->tables, params->levels, channel, 2), buffer);
  return buffer;
}

void tq_conv_2d_a8w2_x86(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch) {
  if (tq_x86_conv_int8(params, dims, input, packed, weights_of, bias, output, scratch, NULL)) return;
  tq_conv_2d_a8w2_opt(params, dims, input, packed, bias, output, scratch);
}
