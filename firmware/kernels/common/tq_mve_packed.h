/* FullyConnected on packed codes for the family "mve". It has no instruction that counts ones: each byte of a vector
 * looks its ones up in a table. */
#ifndef TQ_MVE_PACKED_H
#define TQ_MVE_PACKED_H

#include "tq_bits_formulas.h"

#define TQ_MVE_ONES 256 /* bytes: the ones of each byte */
#define TQ_MVE_MANY 32  /* outputs at a time, at most: a word of signs */

void tq_mve_packed_ones(uint8_t ones[TQ_MVE_ONES]);

/* sums [TQ_MVE_MANY]: of products of a row x with `count` rows w, the others being anything: of codes of 2^n levels;
 * with one of them ternary, the other ternary or signs. */
typedef void tq_mve_packed_sums(const uint8_t *ones, const int32_t *x, int32_t x_levels, const int32_t *w,
                                int32_t w_levels, int32_t channels, int32_t count, int32_t *sums);
tq_mve_packed_sums tq_mve_packed_planes, tq_mve_packed_ternary;

/* Sums of channels [first, first + count) -> a packed row; first is a multiple of TQ_MVE_MANY, and count is that or
 * goes to the end. */
void tq_mve_packed_store(const tq_bits_output *how, int32_t channels, int32_t first, int32_t count, const int32_t *sums,
                         int32_t *row);

void tq_mve_packed_dense(const tq_fully_connected_bits_params *params, const tq_fully_connected_dims *dims,
                         const int32_t *input, const int32_t *weights, const void *bias, tq_store_sum *store,
                         void *output);

#endif
