/* FullyConnected on packed codes, row by row. */
#ifndef TQ_SLICED_DENSE_H
#define TQ_SLICED_DENSE_H

#include "tinyq/tq_used.h"
#include "tq_bits_formulas.h"

/* Sums of products of a row x with `count` rows w: of signs; with one of them ternary, the other ternary or signs,
 * which are never 0; of several bits; of any. */
typedef void tq_sliced_dense(const int32_t *x, int32_t x_levels, const int32_t *w, int32_t w_levels, int32_t channels,
                             int32_t count, int32_t *sums);
tq_sliced_dense tq_sliced_dense_signs, tq_sliced_dense_ternary, tq_sliced_dense_planes, tq_sliced_dense_words;

/* Outputs [first, first + count) of a row; first is a multiple of 32, and count is 32 or goes to the end. Only what is
 * neither packed nor int8 needs `store`. */
void tq_sliced_store_row(const tq_bits_output *how, const void *bias, int32_t row, int32_t channels, int32_t first,
                         int32_t count, const int32_t *sums, tq_store_sum *store, void *output);

/* Outputs from `first` on, a multiple of 32; weights are theirs. */
void tq_sliced_dense_bits(const tq_fully_connected_bits_params *params, const tq_fully_connected_dims *dims,
                          int32_t first, const int32_t *input, const int32_t *weights, const void *bias,
                          tq_store_sum *store, void *output);

#endif
