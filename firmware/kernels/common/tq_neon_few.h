/* Weights of 2, 3 and 4 bits, numbers of places in tables of int8, for the family "neon". */
#ifndef TQ_NEON_FEW_H
#define TQ_NEON_FEW_H

#include "tinyq/tq_kernels_arm64.h"
#include "tq_few_bits.h"

/* All weights of runs of `run` (of a filter's, its channel's table), as int8 [channels][run]. */
void tq_neon_unpack_few(const tq_table_weights *weights, int8_t *unpacked);

/* The whole kernels; return whether they are some for it. */
int32_t tq_neon_conv_2d_few(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                            const uint8_t *packed, int32_t bits, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_neon_conv_2d_few_scratch(const tq_conv_dims *dims);
int32_t tq_neon_depthwise_few(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t bits, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_neon_depthwise_few_scratch(const tq_conv_dims *dims);

#endif
