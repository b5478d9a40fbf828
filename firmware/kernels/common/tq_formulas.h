/* The operators with weights as their formulas have them, for any scheme: what the _ref kernels call. */
#ifndef TQ_FORMULAS_H
#define TQ_FORMULAS_H

#include "tinyq/tq_types.h"

/* Element `index`, in the filter's flat order, of weights: an int8 weight, or a code. */
typedef int32_t tq_weight_at(const void *weights, int32_t index);
tq_weight_at tq_int8_weight_at, tq_ternary_code_at, tq_binary_code_at;
tq_weight_at tq_table_weight_at; /* weights: a tq_table_weights of tq_few_bits.h */

void tq_conv_2d_formula(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                        const void *weights, tq_weight_at *weight_at, const int32_t *bias, int8_t *output);
void tq_depthwise_conv_2d_formula(const tq_conv_params *params, const tq_conv_dims *dims,
                                  const int8_t *input, const void *weights, tq_weight_at *weight_at,
                                  const int32_t *bias, int8_t *output);
void tq_transpose_conv_formula(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                               const void *weights, tq_weight_at *weight_at, const int32_t *bias,
                               int8_t *output);
void tq_fully_connected_formula(const tq_fully_connected_params *params,
                                const tq_fully_connected_dims *dims, const int8_t *input,
                                const void *weights, tq_weight_at *weight_at, const int32_t *bias,
                                int8_t *output);

#endif
