/* FullyConnected of packed rows for the family "neon". */
#ifndef TQ_NEON_BITS_DENSE_H
#define TQ_NEON_BITS_DENSE_H

#include "tinyq/tq_kernels_arm64.h"
#include "tq_bits_formulas.h"

/* Sum of x code * w code of two rows. */
int32_t tq_neon_bits_dot(const int32_t *x, const int32_t *w, int32_t channels, int32_t x_levels, int32_t w_levels);

void tq_neon_bits_dense(const tq_fully_connected_bits_params *params, const tq_fully_connected_dims *dims,
                        const int32_t *input, const int32_t *weights, const void *bias, tq_store_sum *store,
                        void *output);

#endif
