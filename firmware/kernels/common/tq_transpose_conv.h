/* What all TransposeConv schemes share. */
#ifndef TQ_TRANSPOSE_CONV_H
#define TQ_TRANSPOSE_CONV_H

#include "tinyq/tq_types.h"
#include "tq_few_bits.h"
#include "tq_unpack.h"

/* Weights of any scheme: int8 ones, if both functions are NULL; codes, or values of tables. */
typedef struct {
  const void *stored;
  tq_unpack *unpack;
  tq_unpack_table *unpack_table;
  int32_t bits;
} tq_any_weights;

/* Outputs whose positions plus padding leave the same rests when divided by the strides see the same taps: for
 * them it is a convolution of stride 1 with a part of the filter, turned by half a circle. scratch: 4 bytes a
 * tap, and 1 more where weights are packed. */
void tq_transpose_conv(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                       const tq_any_weights *weights, const int32_t *bias, int8_t *output, void *scratch);

/* One filter [filter.h][filter.w][filter.c], its parts one after the other. */
void tq_transpose_conv_parts(const tq_conv_params *params, const tq_dims *filter, const int8_t *weights,
                             int8_t *parts);

/* Taps along an axis whose number leaves `rest` when divided by the stride; how many have a smaller rest. */
static inline int32_t tq_taps_of_rest(int32_t taps, int32_t stride, int32_t rest) {
  return (taps - rest + stride - 1) / stride;
}

static inline int32_t tq_taps_before_rest(int32_t taps, int32_t stride, int32_t rest) {
  const int32_t last = taps % stride;
  return taps / stride * rest + (last < rest ? last : rest);
}

#endif
