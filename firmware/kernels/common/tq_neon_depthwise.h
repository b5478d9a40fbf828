/* DepthwiseConv2D of int8 by int8 weights, or by codes of -1, 0 and 1, 16 channels at a time, for the family "neon". */
#ifndef TQ_NEON_DEPTHWISE_H
#define TQ_NEON_DEPTHWISE_H

#include "tinyq/tq_kernels_arm64.h"

#define TQ_DEPTHWISE_TAPS 255 /* products of codes that int16 lanes hold: 255 * 128 < 2^15 */

/* sums[16], from `start` on, of the taps' products with 16 channels: x at from[tap], channel i at place[i]; weights
 * [taps] rows, `row` bytes from each other. codes: they are -1, 0 and 1. */
void tq_neon_depthwise_sums(const int8_t *x, const int32_t *from, int32_t taps, const uint8_t place[16],
                            const int8_t *weights, int32_t row, int32_t codes, const int32_t start[16],
                            int32_t sums[16]);

/* weights: int8 [filter.h, filter.w, filter.c], which may lie in scratch behind what tq_neon_depthwise_scratch says.
 * Returns whether it is one for it. */
int32_t tq_neon_depthwise(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *weights, int32_t codes, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_neon_depthwise_scratch(const tq_conv_dims *dims);

#endif
