/* What all Conv2D schemes share: the way over the output, TQ_BLOCK channels at a time. */
#ifndef TQ_CONV_2D_BLOCK_H
#define TQ_CONV_2D_BLOCK_H

#include "tinyq/tq_types.h"
#include "tq_unpack.h"
#include "tq_window_sum.h"

/* How many output channels, TQ_BLOCK at most, all of one group, the block that starts at `channel` has. */
int32_t tq_conv_2d_block_size(const tq_conv_dims *dims, int32_t channel);

/* Output channels [channel, channel + count) at all positions. */
void tq_conv_2d_block(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                      const void *filters, tq_window_sum *sum, const int32_t *bias, int8_t *output,
                      int32_t channel, int32_t count);

/* Conv2D of packed weights. scratch: 9 bytes a tap: one filter's codes as bytes, and those of four filters as
 * two words for each tap. */
void tq_conv_2d_packed(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                       const uint8_t *packed, tq_unpack *unpack, const int32_t *bias, int8_t *output,
                       void *scratch);

/* The same in less memory: 4 bytes a tap, four filters' codes as bytes. */
void tq_conv_2d_lean(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                     const uint8_t *packed, tq_unpack *unpack, const int32_t *bias, int8_t *output, void *scratch);

#endif
