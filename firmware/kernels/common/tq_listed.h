/* FullyConnected on packed codes, 32 outputs in the lanes of a word. Weights are words of 32 outputs' bits, one for
 * each input and plane. With the bits c of an input's plane of signs, s = 1 - 2 * c,
 *   sum of s * w = sum of w - 2 * (sum of w where c is 1) = 2 * (sum of w where c is 0) - sum of w,
 * so a list has the places of the inputs whose bit is 1, or if these are many, 0, and only their words are counted, for
 * all outputs. Ternary inputs have two lists, of 1 and of -1. Full adders count the words, digit by digit. */
#ifndef TQ_LISTED_H
#define TQ_LISTED_H

#include "tinyq/tq_kernels_bits.h"
#include "tq_bits_formulas.h"

#define TQ_LISTED_OUTPUTS 32  /* lanes: a group */
#define TQ_LISTED_INPUTS 1024 /* that are listed at a time, so that there is room for their list: a block */
#define TQ_LISTED_DIGITS 12   /* of a count of a block's inputs, or a difference of two */
#define TQ_LISTED_CARRIES (TQ_LISTED_INPUTS / 8 + 2) /* one for eight inputs, and for the rest of each of two lists */

/* Places of inputs in a block, in bytes of a plane of weights: first those that count as they are, then those that
 * count negative. */
typedef struct {
  uint32_t *places, *carries;
  int32_t plus, minus;
} tq_listed_inputs;

/* Lists the 1 and -1 of ternary inputs, whose planes are `apart` words apart, or where apart is 0, one bit of a plane
 * of signs. Returns which one: 1, or -1 for the bit 0. */
int32_t tq_listed_find(const int32_t *planes, int32_t apart, int32_t inputs, tq_listed_inputs *list);

/* counts [TQ_LISTED_DIGITS] = digits of the sum of the listed words, plus of one plane and minus of another; none of a
 * plane that is NULL. */
void tq_listed_count(const tq_listed_inputs *list, const int32_t *plus, const int32_t *minus, uint32_t *counts);

/* What counts add to a sum of products: of each output `weights` times the sum of all its weights, of all outputs
 * `same`, and `counted` times the count. Unsigned, as parts may wrap where the whole does not. */
typedef struct {
  uint32_t weights, same, counted;
} tq_listed_factors;

/* sums [TQ_LISTED_OUTPUTS] += those of counts, which are signed. */
void tq_listed_add(const tq_listed_factors *factors, const uint32_t *counts, const int32_t *weights, uint32_t *sums);

/* weights: of each block of inputs, of each 32 outputs, the planes of weights, a word an input, and but for ternary
 * inputs the sums of the 32 outputs' weights; then the outputs that are left, as a file has them. Planes of ternary
 * weights are 1 where the weight is 1, and where it is -1. */
void tq_listed_dense(const tq_fully_connected_bits_params *params, const tq_fully_connected_dims *dims,
                     const int32_t *input, const int32_t *weights, const void *bias, tq_store_sum *store, void *output,
                     void *scratch);
int32_t tq_listed_dense_scratch(const tq_fully_connected_dims *dims);

/* Inputs of a block, where there are `rest`. */
static inline int32_t tq_listed_block(int32_t rest) { return rest < TQ_LISTED_INPUTS ? rest : TQ_LISTED_INPUTS; }

#endif
