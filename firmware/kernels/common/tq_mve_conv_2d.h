/* Conv2D of int8 activations for the family "mve": rows of taps are multiplied as they are, three output positions
 * by two filters at a time. Packed weights become int8, or codes, once a layer, as many filters as there is room for. */
#ifndef TQ_MVE_CONV_2D_H
#define TQ_MVE_CONV_2D_H

#include "tinyq/tq_types.h"
#include "tq_dsp_conv_2d.h"

/* Positions whose sums are scaled together, of three at a time; bytes of unpacked filters, unless two are more. */
enum { TQ_MVE_POSITIONS = 12, TQ_MVE_PANEL = 20480 };

/* Filters of a group that go over the input together, TQ_MVE_APART at most. */
int32_t tq_mve_filters_at_once(const tq_conv_dims *dims, int packed);

/* scratch: tq_mve_conv_2d_scratch(dims, whether weights are packed) bytes. */
void tq_mve_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                    const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_mve_conv_2d_scratch(const tq_conv_dims *dims, int packed);

/* Weights, or codes, of neighbouring filters: where they are, or unpacked to `room`. */
const int8_t *tq_mve_weights(const tq_conv_params *params, const tq_dsp_weights *weights, int32_t filter,
                             int32_t filters, int32_t taps, int8_t *room);

tq_unpack tq_mve_unpack_ternary, tq_mve_unpack_binary;

#endif
