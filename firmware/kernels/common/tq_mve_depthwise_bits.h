/* DepthwiseConv2D on packed codes of at most four levels for the family "mve": the lanes are the 32 channels of a word at
 * four output positions, the sums are counters of what differs, digit by digit, as tq_sliced_depthwise.h has them.
 *
 * Codes are signs: planes, or the two signs that a ternary code is half the sum of. Each plane of the input is counted
 * with each of the weights. Where a channel has two filters, the sixteen channels of half a word of the input are there
 * twice, and those of the output in that order: first of each pair the one, and then the other. */
#ifndef TQ_MVE_DEPTHWISE_BITS_H
#define TQ_MVE_DEPTHWISE_BITS_H

#include "tq_mve.h"
#include "tq_mve_sliced.h"
#include "tq_sliced_depthwise.h"

enum { TQ_MVE_SIGNS = 2, TQ_MVE_QUAD = 4, TQ_MVE_ENTRIES = 256 };

/* What follows is four words for each tap, or a pointer. */
typedef struct {
  tq_mve_sliced block;         /* where positions are: as blocks of Conv2D */
  tq_sliced *layer;
  tq_sliced_word_output to;
  int32_t taps, twice;         /* twice: two filters a channel */
  int32_t down, right;         /* from the first tap to the last */
  int32_t only_signs;          /* ternary codes, of which only the padding's may be 0 */
  int32_t digits;              /* of the counters, of which `skipped` are 0 */
  int32_t skipped;
  const uint32_t **inside;     /* where the taps of the input's first position are */
  uint32_t *weights, *window;  /* [TQ_MVE_SIGNS][taps] */
  int8_t *table;               /* int8 outputs of each D: [D][32] */
  int32_t *sums;               /* of each D */
} tq_mve_depthwise_bits;

/* Signs of a code: planes of factors 1, 2, or two of a ternary one. */
static inline int32_t tq_mve_signs(int32_t levels) { return levels == 2 ? 1 : 2; }

/* Bits 0, 2, 4, ..., and then the others. */
static inline uint32_t tq_mve_apart(uint32_t x) {
  static const uint32_t bits[] = {0x22222222u, 0x0c0c0c0cu, 0x00f000f0u, 0x0000ff00u};

  for (int32_t i = 0, shift = 1; i < 4; i++, shift *= 2) {
    const uint32_t differing = (x ^ x >> shift) & bits[i];
    x ^= differing ^ differing << shift;
  }
  return x;
}

/* The same back. */
static inline uint32_t tq_mve_together(uint32_t x) {
  static const uint32_t bits[] = {0x0000ff00u, 0x00f000f0u, 0x0c0c0c0cu, 0x22222222u};

  for (int32_t i = 0, shift = 8; i < 4; i++, shift /= 2) {
    const uint32_t differing = (x ^ x >> shift) & bits[i];
    x ^= differing ^ differing << shift;
  }
  return x;
}

/* counts [digits][TQ_MVE_QUAD]: of positions i to i + 3 of the block. */
void tq_mve_depthwise_count(const tq_mve_depthwise_bits *d, int32_t i, uint32_t *counts);

/* Weights of the word d->to.word of outputs. */
void tq_mve_depthwise_lay(tq_mve_depthwise_bits *d);

/* Limits of packed outputs, in the order of counts; counts -> the words of `lanes` positions from `position` on. */
void tq_mve_depthwise_set_limits(tq_mve_depthwise_bits *d);
void tq_mve_depthwise_put_words(const tq_mve_depthwise_bits *d, const uint32_t *counts, int32_t position, int32_t lanes);

/* Its table, and the outputs of a position, `lane` of counts. */
void tq_mve_depthwise_set_table(tq_mve_depthwise_bits *d);
void tq_mve_depthwise_look_up(const tq_mve_depthwise_bits *d, const uint32_t *counts, int32_t lane, int32_t position);

void tq_mve_depthwise_conv_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                                const int32_t *weights, const void *bias, tq_store_sum *store, void *output,
                                void *scratch);
int32_t tq_mve_depthwise_bits_scratch(const tq_conv_dims *dims);

#endif
