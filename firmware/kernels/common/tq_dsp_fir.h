/* Filters of one row, slid along a row of one channel.
 *
 * Ternary and binary codes: two neighbours of the input are a word, x0 + 2^15 * x1, and three taps of a filter,
 * w2 + 2^15 * w1 + 2^30 * w0. Their product has, 15 bits apart, what these two and three add to four neighbouring
 * outputs: six products in an SMLAL. Sums of such products have exact parts while -2^14 <= part < 2^14: 127 taps
 * that are not zero, as -128 <= x < 128, or 128 that are not all -1.
 *
 * int8 weights: x0 + 2^21 * x1 and w1 + 2^21 * w0, whose product has, 21 bits apart, what they add to three
 * neighbouring outputs: four products in an SMLAL. Parts are exact in -2^20 < part <= 2^20, as 64 taps are, or more
 * whose weights are 8191 altogether. */
#ifndef TQ_DSP_FIR_H
#define TQ_DSP_FIR_H

#include "tq_dsp_conv_2d.h"

enum {
  TQ_DSP_FIR_POSITIONS = 384, /* outputs at a time */
  TQ_DSP_FIR_BYTES = 4096,    /* what filters may fill */
};

/* Of exact parts: taps that always fit, what weights of more may add up to without their signs, and what is added to
 * each so that none is negative. */
typedef struct {
  int32_t taps, weight, added;
} tq_dsp_fir_parts;

static inline tq_dsp_fir_parts tq_dsp_fir_parts_of(int coded) {
  const tq_dsp_fir_parts codes = {127, 127, 1 << 14}, int8 = {64, 8191, (1 << 20) - 1};
  return coded ? codes : int8;
}

/* A filter; behind it its words, tq_dsp_fir_plan.words. */
typedef struct {
  tq_dsp_scale scale;
  int32_t quick, parted; /* parted: sums of all taps are no exact parts */
} tq_dsp_fir_filter;

/* How scratch is divided. words: of a filter; filters: of one channel, at a time; pairs: words of a stretch of a row
 * that begin at even places, of codes as many again that begin at odd ones. Sums of codes are two in a word; of long
 * filters, there are whole ones, too. */
typedef struct {
  int32_t coded, words, filter_bytes, filters, pairs;
  int32_t x_bytes, sums_bytes, whole_bytes, codes_bytes;
} tq_dsp_fir_plan;

/* Of codes: three a word, an even number of words; int8: two a word, three words at a time. */
static inline int32_t tq_dsp_fir_words_of(int32_t taps, int coded) {
  return (taps + 5) / 6 * (coded ? 2 : 3);
}

/* Of six outputs; two in front of the first one are computed, too, or one of int8 weights. */
static inline int32_t tq_dsp_fir_tiles(int32_t positions, int coded) {
  return (positions + (coded ? 1 : 0)) / 6 + 1;
}

static inline int32_t tq_dsp_fir_pairs(int32_t words, int32_t tiles, int coded) {
  return 3 * tiles + (coded ? (3 * words - 3) / 2 : words - 1);
}

tq_dsp_fir_plan tq_dsp_fir_plan_of(const tq_conv_dims *dims, int coded, int depthwise);
int32_t tq_dsp_fir_scratch(const tq_conv_dims *dims, int coded, int depthwise);

static inline uint32_t *tq_dsp_fir_words(const tq_dsp_fir_filter *filter) {
  return (uint32_t *)(uintptr_t)(filter + 1);
}

/* Filter of output channel o: codes, or weights, are `step` apart. */
void tq_dsp_fir_set(const tq_conv_params *params, const int32_t *bias, int32_t o, const int8_t *codes, int32_t step,
                    int32_t taps, int coded, tq_dsp_fir_filter *filter);

/* A row of `size` samples, `step` bytes apart, and `zero` outside of it -> words of neighbours, from place `begin`
 * on: those that begin at even places, then, if coded, [pairs] those at odd ones. */
void tq_dsp_fir_neighbours(const tq_dsp_fir_plan *plan, const int8_t *row, int32_t size, int32_t step, int32_t zero,
                           int32_t begin, int32_t pairs, uint32_t *words);

/* Of codes: 3 * tiles words, each of outputs 2i - 2 and 2i - 1: those plus 2^14, as 15 bits each.
 * even, odd: words of neighbours that begin at even places, and at odd ones from the third on; `pairs`: of the
 * filter's words. */
void tq_dsp_fir_sums(uint32_t *sums, const uint32_t *even, const uint32_t *odd, const uint32_t *words,
                     int32_t pairs, int32_t tiles);

/* Of int8 weights: 6 * tiles sums, of output i - 1 each; `threes`: of the filter's words. */
void tq_dsp_fir_sums_int8(uint32_t *sums, const uint32_t *x, const uint32_t *words, int32_t threes, int32_t tiles);

/* `count` outputs of a filter, `step` bytes apart. x: words of neighbours. */
void tq_dsp_fir_outputs(const tq_dsp_clamp *clamp, const tq_dsp_fir_plan *plan, const tq_dsp_fir_filter *filter,
                        const uint32_t *x, uint32_t *sums, int32_t count, int8_t *output, int32_t step);

/* DepthwiseConv2D, or Conv2D of one channel, with stride_w and dilation_w of 1 and filters of one row.
 * scratch: tq_dsp_fir_scratch(dims, coded, depthwise) bytes. */
void tq_dsp_fir(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch, int depthwise);

#endif
