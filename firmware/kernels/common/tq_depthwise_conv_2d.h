/* What all DepthwiseConv2D schemes share. */
#ifndef TQ_DEPTHWISE_CONV_2D_H
#define TQ_DEPTHWISE_CONV_2D_H

#include "tinyq/tq_types.h"

/* The taps of one output position: pointers to the first of them, channel 0, and the way to the next ones. */
typedef struct {
  const int8_t *x, *w;
  int32_t rows, columns;
  int32_t x_right, x_down, w_right, w_row_gap;
  int32_t zero_point; /* of the input */
  int32_t multiplier; /* output channels of an input channel */
} tq_depthwise_window;

/* Sums of (x - zero point) * weight (or code) of output channels channel, ..., channel + 3. */
void tq_depthwise_sum_four(const tq_depthwise_window *window, int32_t channel, int32_t sums[4]);

/* Of one output channel. */
int32_t tq_depthwise_sum_one(const tq_depthwise_window *window, int32_t channel);

/* filter: int8 [1, filter.h, filter.w, filter.c], weights, or codes where there are levels. */
void tq_depthwise_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *filter, const int32_t *bias, int8_t *output);

#endif
