/* FullyConnected with int8 activations for cores with DSP. Inputs, less their zero point, are int16 lanes: of
 * four neighbours words 0 (first and third) and 1 (second and fourth), as SXTB16 has weights. */
#ifndef TQ_DSP_DENSE_H
#define TQ_DSP_DENSE_H

#include "tq_dsp.h"

/* sums[k] = the sum of 4 * quads products of x and row k of int8 weights, `stride` bytes apart; quads >= 1. */
void tq_dsp_dense_four_rows(int32_t *sums, const uint32_t *x, const int8_t *weights, int32_t stride,
                            int32_t quads);

#endif
