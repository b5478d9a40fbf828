#include "tinyq/tq_used.h"
#include "tq_bits.h"
#include "tq_listed.h"
#include "tq_sliced_adders.h"
#include "tq_sliced_dense.h"
#include "tq_sliced_lookup.h"

/* A block of inputs: a list of some, and what has to be done with it. */
typedef struct {
  tq_listed_inputs list;
  int32_t inputs, w_levels;
  int32_t ternary; /* inputs */
  int32_t planes;  /* words of weights of a group, after which there may be the sums of weights */
} block;

/* A sum of products is `scale` times the sum of the list's weights, and where inputs are signs, -scale / 2 times the
 * sum of all weights. What is counted of weights that are signs is bits 1, and a weight is the largest - 2 * its bits. */
static tq_listed_factors factors_of(const block *b, int32_t scale) {
  const int32_t largest = (b->w_levels - 1) * (b->list.plus - b->list.minus), signs = b->w_levels != 3;
  const tq_listed_factors factors = {.weights = b->ternary ? 0 : (uint32_t)(-scale / 2),
                                     .same = signs ? (uint32_t)scale * (uint32_t)largest : 0,
                                     .counted = (uint32_t)(signs ? -2 * scale : scale)};
  return factors;
}

static void subtract(uint32_t *counts, const uint32_t *others) {
  uint32_t carry = UINT32_MAX;
  for (int32_t i = 0; i < TQ_LISTED_DIGITS; i++) TQ_SLICED_FULL(counts[i], ~others[i], carry, carry);
}

/* Adds the list's weights to the sums of a group. */
static void add_group(const block *b, tq_listed_factors factors, const int32_t *weights, uint32_t *sums) {
  const int32_t ternary = b->w_levels == 3, inputs = b->inputs, all = b->planes;
  uint32_t counts[TQ_LISTED_DIGITS], others[TQ_LISTED_DIGITS];

  for (int32_t at = 0; at < all; at += ternary ? all : inputs) {
    const int32_t *const plane = weights + at, *const next = ternary ? plane + inputs : NULL;
    tq_listed_count(&b->list, plane, next, counts);
    if (ternary || b->list.minus > 0) {
      tq_listed_count(&b->list, next, plane, others);
      subtract(counts, others);
    }
    /* of ternary inputs, any 32 words, times 0 */
    tq_listed_add(&factors, counts, b->ternary ? (const int32_t *)sums : weights + all, sums);
    factors.weights = factors.same = 0;
    factors.counted *= 2;
  }
}

/* Adds a block of inputs, whose planes are `apart` words apart, to the sums of all groups. Returns the next block's
 * weights. */
static const int32_t *add_block(block *b, const int32_t *planes, int32_t apart, int32_t x_planes, int32_t outputs,
                                const int32_t *weights, uint32_t *sums) {
  const int32_t group = b->planes + (b->ternary ? 0 : TQ_LISTED_OUTPUTS);

  for (int32_t m = 0; m < (b->ternary ? 1 : x_planes); m++, planes += apart) {
    const int32_t bit = tq_listed_find(planes, b->ternary ? apart : 0, b->inputs, &b->list);
    const tq_listed_factors factors = factors_of(b, b->ternary ? 1 : -2 * bit * (1 << m));
    const int32_t *w = weights;
    for (int32_t o = 0; o < outputs; o += TQ_LISTED_OUTPUTS, w += group) add_group(b, factors, w, sums + o);
  }
  return weights + outputs / TQ_LISTED_OUTPUTS * group;
}

static inline void clear(uint32_t *sums, int32_t outputs) {
  const uint32_t zero = tq_in_register(0); /* or gcc calls memset, which goes byte by byte */
  for (; outputs > 0; outputs -= 4, sums += 4) sums[0] = sums[1] = sums[2] = sums[3] = zero;
}

void tq_listed_dense(const tq_fully_connected_bits_params *params, const tq_fully_connected_dims *dims,
                     const int32_t *input, const int32_t *weights, const void *bias, tq_store_sum *store, void *output,
                     void *scratch) {
  const int32_t outputs = dims->c_out / TQ_LISTED_OUTPUTS * TQ_LISTED_OUTPUTS, apart = tq_bits_words(dims->c_in);
  const int32_t x_planes = tq_bits_planes(params->x_levels), w_planes = tq_bits_planes(params->w_levels);
  uint32_t *const sums = scratch, *const carries = sums + outputs;
  block b = {{carries + TQ_LISTED_CARRIES, carries, 0, 0}, 0, params->w_levels, params->x_levels == 3, 0};
  const int32_t *w = weights;

  for (int32_t r = 0; r < dims->rows; r++) {
    const int32_t *planes = input + r * x_planes * apart;
    w = weights;
    clear(sums, outputs);
    for (int32_t rest = dims->c_in; rest > 0; rest -= b.inputs, planes += TQ_LISTED_INPUTS / TQ_WORD_BITS) {
      b.inputs = tq_listed_block(rest);
      b.planes = w_planes * b.inputs;
      w = add_block(&b, planes, apart, x_planes, outputs, w, sums);
    }
    for (int32_t o = 0; o < outputs; o += TQ_LISTED_OUTPUTS) {
      tq_sliced_store_row(&params->output, bias, r, dims->c_out, o, TQ_LISTED_OUTPUTS, (int32_t *)sums + o, store,
                          output);
    }
  }
  if (TQ_USED_LISTED_REST && outputs < dims->c_out) {
    tq_sliced_dense_bits(params, dims, outputs, input, w, bias, store, output);
  }
}
