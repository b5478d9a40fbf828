/* The loops that all DepthwiseConv2D schemes share. */
#ifndef TQ_DEPTHWISE_CONV_2D_H
#define TQ_DEPTHWISE_CONV_2D_H

#include "tinyq/tq_types.h"

/*   filter  in  [1, filter.h, filter.w, filter.c] int8: weights, or codes where there are levels */
void tq_depthwise_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *filter, const int32_t *bias, int8_t *output);

#endif
