/* DepthwiseConv2D of int8 activations for the family "mve". Filters of one row: tq_mve_rows.h. Of others the lanes are
 * sixteen neighbouring output channels. */
#ifndef TQ_MVE_DEPTHWISE_H
#define TQ_MVE_DEPTHWISE_H

#include "tinyq/tq_types.h"
#include "tq_mve_conv_2d.h"

enum { TQ_MVE_LANES = 16, TQ_MVE_SHORT_SUM = 255 }; /* products of codes that 16 bits have room for */

/* Sixteen output channels: the weights of each tap, `apart` apart. */
typedef struct {
  int32_t taps, apart;
  const int8_t *w;
  int32_t first;                  /* of the input's channels */
  int32_t spread;                 /* whether they are channels first + channels[i]; otherwise one after the other */
  uint8_t channels[TQ_MVE_LANES];
  int32_t codes;                  /* whether weights are -1, 0 and 1, of TQ_MVE_SHORT_SUM taps at most */
} tq_mve_lanes;

/* sums [16] of a window whose taps are at `places` [taps]. */
void tq_mve_depthwise_sums(const tq_mve_lanes *lanes, const int8_t *window, const int32_t *places, int32_t *sums);

/* scratch: tq_mve_depthwise_scratch(dims) bytes. */
void tq_mve_depthwise(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                      const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_mve_depthwise_scratch(const tq_conv_dims *dims);

#endif
