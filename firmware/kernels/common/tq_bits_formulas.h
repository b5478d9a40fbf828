/* The operators on packed activations with weights as their formulas have them, for any levels and output:
 * what the _ref kernels call. */
#ifndef TQ_BITS_FORMULAS_H
#define TQ_BITS_FORMULAS_H

#include "tinyq/tq_kernels_bits.h"

/* Turns the sum of channel o of output row `row`, of `channels`, into an output; channels come in order. */
typedef void tq_store_sum(const tq_bits_output *how, const void *bias, int32_t row, int32_t channels,
                          int32_t o, int32_t sum, void *output);
tq_store_sum tq_store_sum_bits, tq_store_sum_a8, tq_store_sum_f32;

void tq_conv_2d_bits_formula(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *weights, const void *bias,
                             tq_store_sum *store, void *output);
void tq_depthwise_conv_2d_bits_formula(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                       const int32_t *input, const int32_t *weights, const void *bias,
                                       tq_store_sum *store, void *output);
void tq_fully_connected_bits_formula(const tq_fully_connected_bits_params *params,
                                     const tq_fully_connected_dims *dims, const int32_t *input,
                                     const int32_t *weights, const void *bias, tq_store_sum *store,
                                     void *output);

/* The same word by word, for the _opt kernels; scratch: tq_conv_2d_bits_words_scratch(dims) bytes. */
void tq_conv_2d_bits_words(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                           const int32_t *input, const int32_t *weights, const void *bias,
                           tq_store_sum *store, void *output, void *scratch);
void tq_depthwise_conv_2d_bits_words(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                     const int32_t *input, const int32_t *weights, const void *bias,
                                     tq_store_sum *store, void *output, void *scratch);
int32_t tq_conv_2d_bits_words_scratch(const tq_conv_dims *dims); /* of both */
void tq_fully_connected_bits_words(const tq_fully_connected_bits_params *params,
                                   const tq_fully_connected_dims *dims, const int32_t *input,
                                   const int32_t *weights, const void *bias, tq_store_sum *store,
                                   void *output);

#endif
