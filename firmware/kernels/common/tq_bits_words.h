/* Products of packed rows word by word: xor, and, and counting ones. */
#ifndef TQ_BITS_WORDS_H
#define TQ_BITS_WORDS_H

#include "tinyq/tq_kernels_bits.h"

/* Rows of the input that one output position sees, one a tap. */
typedef struct {
  const int32_t *input;
  const int32_t *outside; /* row of the padding's code */
  const int32_t *offsets; /* [taps] words from input on; below 0: outside */
  int32_t taps;
  int32_t channels; /* codes of a row */
  int32_t x_levels, w_levels;
} tq_bits_window;

/* Offsets of the rows that the taps of a window see, its top left one at (y0, x0) of image n. */
void tq_bits_find_rows(const tq_conv_bits_params *params, const tq_conv_dims *dims, int32_t n, int32_t y0,
                       int32_t x0, int32_t *offsets);

static inline const int32_t *tq_bits_row_of(const tq_bits_window *window, int32_t tap) {
  const int32_t offset = window->offsets[tap];
  return offset < 0 ? window->outside : window->input + offset;
}

/* Sum over the taps and channels of x code * w code; filter: [taps] rows, one behind another. */
int32_t tq_bits_sum(const tq_bits_window *window, const int32_t *filter);

/* `count` bits of a plane of `words` words, from bit `first` on, as words of their own; spare bits are 0. */
void tq_bits_cut(const int32_t *plane, int32_t words, int32_t first, int32_t count, int32_t *cut);

/* Sums over the taps of x code * w code of the 32 channels of word `word`; filter: [taps] rows. */
void tq_bits_sums_of_word(const tq_bits_window *window, const int32_t *filter, int32_t word,
                          int32_t sums[32]);

/* Ones of a word. */
static inline uint32_t tq_ones(uint32_t x) {
#if defined(__GNUC__) && (defined(__POPCNT__) || defined(__aarch64__))
  return (uint32_t)__builtin_popcount(x); /* an instruction there; elsewhere it would be a call */
#else
  x -= x >> 1 & 0x55555555u;
  x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
  x = (x + (x >> 4)) & 0x0f0f0f0fu;
  return x * 0x01010101u >> 24;
#endif
}

#endif
