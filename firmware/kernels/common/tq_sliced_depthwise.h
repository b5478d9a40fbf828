/* DepthwiseConv2D on packed codes: the lanes are the 32 channels of a word, the sums are counters, digit by digit,
 * and thresholds are compared digit by digit, so that packed outputs come out as words. */
#ifndef TQ_SLICED_DEPTHWISE_H
#define TQ_SLICED_DEPTHWISE_H

#include "tq_sliced.h"
#include "tq_window.h"

#define TQ_SLICED_DIGITS 20     /* room of a counter: D has 16, and see tq_sliced_clear */
#define TQ_SLICED_THRESHOLDS 15 /* of a channel that have room as digits */

/* One word of channels. limits [thresholds][TQ_SLICED_DIGITS]: the sum exceeds the threshold if D is less. */
typedef struct {
  const tq_bits_output *how;
  int32_t words, word, digits; /* of a row of the output, the place of this one, of D */
  uint32_t flip, there;        /* channels that are flipped, that exist */
  uint32_t *limits;
} tq_sliced_word_output;

/* Digits of the limits of the word's channels; a sum of products is (largest - 2 * D) / divisor. */
void tq_sliced_limits(const tq_sliced_word_output *out, int32_t channels, int32_t largest, int32_t divisor);

/* counts [TQ_SLICED_DIGITS], digits of D -> the word's planes in a row of the output. */
void tq_sliced_put_word(const tq_sliced_word_output *out, const uint32_t *counts, int32_t *row);

/* counts -> the word's outputs at a position, packed by limits in rows of `row` words, or by `store`. */
void tq_sliced_put_counts(const tq_sliced *layer, const tq_sliced_word_output *to, const uint32_t *counts,
                          tq_store_sum *store, int32_t position, int32_t row);

/* Rows that the taps see, the first one's place in the image being (y, x0). */
void tq_sliced_see_taps(const tq_sliced *layer, int32_t image, int32_t y, int32_t x0, const int32_t **seen);

/* counts += `count` words of weight 2^digit. */
void tq_sliced_count(const uint32_t *words, int32_t count, int32_t digit, uint32_t *counts);

/* What the taps see, rows of the input, and the filter. */
typedef struct {
  const int32_t **seen; /* [taps], rows of output channels */
  const int32_t *filter;
  int32_t taps, words, word, x_levels, w_levels;
  int32_t digits; /* of D */
  uint32_t there; /* channels that exist */
} tq_sliced_taps;

/* Word taps->word of the rows, in each plane, with each input channel as often as it has filters -> copies, a row of
 * the output a tap. */
void tq_sliced_repeat(const tq_sliced *layer, const int32_t *const *rows, const tq_sliced_taps *taps,
                      int32_t *copies);

/* counts [TQ_SLICED_DIGITS] = digits of D of the channels of word `word`: of signs; with one side ternary, the other
 * ternary or signs; of any. */
typedef void tq_sliced_counter(const tq_sliced_taps *taps, uint32_t *counts);
tq_sliced_counter tq_sliced_count_signs, tq_sliced_count_ternary, tq_sliced_count_planes;

/* What the positions of a line of the output see, if all are signs but zeros of padding. */
typedef struct {
  const int32_t *x, *weights; /* the first row inside, from column 0 on; a word of each tap */
  tq_range rows;              /* taps that are inside */
  int32_t taps_h, taps_w, width, dilation;
  int32_t pixel, down, right; /* words from a pixel to the next one, and from a tap */
  int32_t digits, zeros;      /* of D; whether padding is 0: then D is doubled, and a zero counts 1 */
  uint32_t padding;
} tq_sliced_line;

tq_sliced_line tq_sliced_line_of(const tq_sliced *layer, const tq_sliced_taps *taps, const int32_t *weights,
                                 int32_t line);

/* counts [digits] = digits of D of the position whose window begins at column x. */
void tq_sliced_count_line(const tq_sliced_line *line, int32_t x, uint32_t *counts);

/* Words [from, digits + 4) = 0: readers of counts go in fours, and some adders write one more. */
static inline void tq_sliced_clear(uint32_t *counts, int32_t from, int32_t digits) {
  const uint32_t zero = tq_in_register(0); /* or gcc calls memset, which goes byte by byte */
  for (; from < digits + 4; from++) counts[from] = zero;
}

/* scratch: tq_sliced_depthwise_bits_scratch(dims) bytes. */
void tq_sliced_depthwise_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                              const int32_t *weights, const void *bias, tq_store_sum *store, void *output,
                              void *scratch);
int32_t tq_sliced_depthwise_bits_scratch(const tq_conv_dims *dims);

#endif
