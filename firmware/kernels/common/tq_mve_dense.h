/* FullyConnected of int8 activations for the family "mve". */
#ifndef TQ_MVE_DENSE_H
#define TQ_MVE_DENSE_H

#include "tq_mve_conv_2d.h"
#include "tq_mve_scales.h"

/* The part of the input's zero point is in the bias (tinyq/core/arrange_mve.py). */
static inline tq_mve_layer tq_mve_dense_layer(const tq_fully_connected_params *params, const int32_t *bias) {
  const tq_mve_layer layer = {params->multiplier, params->shift, params->levels, bias, 0,
                              params->output_zero_point, params->activation_min, params->activation_max};
  return layer;
}

/* sums [c_out] of a row -> outputs; room [3 * TQ_MVE_APART]. */
void tq_mve_dense_outputs(const tq_mve_layer *layer, int32_t channels, const int32_t *sums, int32_t *room,
                          int8_t *output);

/* int8 weights. Scratch of all three: the bytes that tq_mve_dense_scratch says, and of packed weights some more. */
void tq_mve_dense(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims, const int8_t *input,
                  const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_mve_dense_scratch(const tq_fully_connected_dims *dims);

/* Binary rows begin with whole vectors of 16 inputs; what fills them up is 0. sums [4]: of x where the bits of four
 * rows, 2 * vectors bytes each, are set. */
void tq_mve_sum_marked(const uint8_t *packed, int32_t vectors, const int8_t *x, int32_t *sums);

void tq_mve_dense_binary(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                         const int8_t *input, const uint8_t *packed, const int32_t *bias, int8_t *output,
                         void *scratch);
int32_t tq_mve_dense_binary_scratch(const tq_fully_connected_dims *dims);

/* Ternary rows are multiplied as they are unpacked, and begin with whole bytes: digit k of byte j is weight 5 * j + k. */
enum { TQ_MVE_TRITS = 5, TQ_MVE_TRITS_STEP = 80 };

/* Bytes of inputs that are laid out like that. */
static inline int32_t tq_mve_laid_bytes(int32_t count) {
  return (count + TQ_MVE_TRITS_STEP - 1) / TQ_MVE_TRITS_STEP * TQ_MVE_TRITS_STEP;
}

/* Sum of the digits, 0 to 2, of a row times x [..][5][16]. */
int32_t tq_mve_dot_trits(const uint8_t *packed, int32_t bytes, const int8_t *x);

void tq_mve_dense_ternary(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                          const int8_t *input, const uint8_t *packed, const int32_t *bias, int8_t *output,
                          void *scratch);
int32_t tq_mve_dense_ternary_scratch(const tq_fully_connected_dims *dims);

#endif
