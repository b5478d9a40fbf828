/* Weights of the operators with int8 activations and packed weights: TqConv2D, TqDepthwiseConv2D,
 * TqFullyConnected, TqTransposeConv. Inputs: activation, packed weights, bias or none, levels, scales, and
 * tables where the scheme has them. */
#ifndef TQ_PACKED_WEIGHTS_H
#define TQ_PACKED_WEIGHTS_H

#include "tq_loading.h"

#define TQ_SCHEMES 5 /* a8wt, a8w1, a8w2, a8w3, a8w4: the scheme's number is its bits, 0 for ternary */

typedef struct {
  int32_t scheme;
  int32_t channels;
  int32_t each;                /* weights of an output channel */
  int32_t next_weight, next_channel; /* steps from a weight to the next of its channel, and to the next channel */
  const uint8_t *packed;
  const int8_t *levels, *tables;
  const float *scales;          /* of all channels, or [channels] */
  int one_scale;
  const tq_loader_tensor *bias; /* NULL if absent */
} tq_packed_weights;

/* Output channels: the length of levels. */
int32_t tq_packed_channels(tq_loading *loading);

/* Check `each` weights a channel; `interleaved`: those of one channel are not neighbours (depthwise). */
void tq_load_packed_weights(tq_loading *loading, int64_t each, int interleaved, tq_packed_weights *weights);

/* Sum of the magnitudes of a channel's weights. */
int64_t tq_magnitude(const tq_packed_weights *weights, int32_t channel);

/* multiplier and shift [channels] of sums in units of input scale * weight scale; dense: TFLite multiplies the
 * scales of a layer with one weight scale in float32. Refused where an accumulator could leave 32 bits. */
void tq_load_rescaling(tq_loading *loading, const tq_packed_weights *weights, tq_affine input, tq_affine output,
                       int dense, const int32_t **multiplier, const int8_t **shift);

#endif
