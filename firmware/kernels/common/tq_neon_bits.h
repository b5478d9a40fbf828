/* Conv2D of packed rows, 4 output positions at a time, for the family "neon": what its kernels share. */
#ifndef TQ_NEON_BITS_H
#define TQ_NEON_BITS_H

#include "tinyq/tq_kernels_arm64.h"
#include "tq_neon_signs.h"

/* A window that walks over packed rows; no groups. Bands of output rows are computed one behind another: what a band
 * sees, with what is beside the input, is copied into scratch. */
typedef struct {
  const tq_conv_dims *dims;
  int32_t stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int32_t words, planes; /* of a row */
  const int32_t *input;
  const uint32_t *outside; /* row of what is beside the input */
  uint32_t *copy;          /* [copied rows][copied_w][planes][words] */
  uint32_t *offsets;       /* [taps][words]: where in the copy a position sees what its line of words has */
  int32_t copied_w, band;  /* columns of the copy; most output rows of a band */
} tq_bits_walk;

/* The next position of a band, and where in the copy it begins. */
typedef struct {
  int32_t row, ox, first, rows; /* of `rows` output rows */
} tq_bits_position;

/* Words of copy and offsets. */
int32_t tq_neon_bits_copy_words(const tq_conv_dims *dims);

/* Completes a walk whose first two lines and input and outside are set. Returns what is left of the scratch memory;
 * NULL if the copy is too large (of a large dilation). */
uint32_t *tq_neon_bits_begin(tq_bits_walk *walk, uint32_t *scratch);

/* Copies what output rows [oy, oy + rows) of image n see. */
void tq_neon_bits_copy(const tq_bits_walk *walk, int32_t n, int32_t oy, int32_t rows);

/* Lays plane `plane` of the rows that 4 positions see into a panel of rows, whose steps lie step_words apart; behind the
 * last position comes the last one again. Returns the position after them. */
tq_bits_position tq_neon_bits_gather(const tq_bits_walk *walk, tq_bits_position at, int32_t plane,
                                     tq_signs_size size, int32_t step_words, uint32_t *panel);

/* The same of neighbours in a row with two words a plane: 8 of one plane, into a panel of 8 rows, or 4 of two planes, of
 * which steps have first the one, then the other. */
tq_bits_position tq_neon_bits_gather_run(const tq_bits_walk *walk, tq_bits_position at, tq_signs_size size,
                                         uint32_t *panel);
static inline int32_t tq_bits_has_run(const tq_bits_walk *walk, tq_bits_position at) {
  return walk->words == 2 && walk->stride_w == 1 && at.ox + 8 / walk->planes <= walk->dims->output.w;
}

/* Signs times signs, packed to one bit: what tq_lce_bconv_2d_a1 and tq_conv_2d_bits have in common. */
typedef struct {
  tq_bits_walk walk;
  const int32_t *filter;
  int32_t *output; /* [positions][words of all filters] */
  uint16_t *start; /* [filters rounded up to 8]: a place more for each bit that differs; 2^15 sets the bit */
  uint16_t *beside; /* [taps][filters rounded up to 8]: what a tap outside the input adds to start; NULL: 0 */
  uint8_t *flip;   /* [filters rounded up to 64]: bits to be turned over, packed as the output; NULL: none */
  uint32_t *rows, *filters, *bits; /* panels, and bits of TQ_SIGNS_ROWS positions */
  uint16_t *starts; /* [TQ_SIGNS_ROWS][filters rounded up to 8] */
} tq_signs_layer;

/* Completes a layer whose walk has begun: start, beside and flip (if they are asked for) of 0, panels. */
void tq_neon_signs_begin(tq_signs_layer *layer, int32_t beside, int32_t flip, uint32_t *scratch);
void tq_neon_signs_run(const tq_signs_layer *layer);
int32_t tq_neon_signs_scratch(const tq_conv_dims *dims);

/* start where more than `threshold` differing bits set the bit; `most`: all bits of a row. */
static inline uint16_t tq_signs_start(int32_t threshold, int32_t most) {
  const int32_t above = threshold < -1 ? -1 : threshold > most ? most : threshold;
  return (uint16_t)(0x7fff - above);
}

/* Sums of signs times a ternary row, or of two ternary rows. Panels are cut into steps of 4 words and a rest of 0, 1 or
 * 2, as in tq_neon_signs.h:
 *   rows     [steps][planes][4 rows][4 words], then a rest, [planes][4 rows][4 words]: one word four times or two twice
 *   filters  [blocks][steps][4 filters][planes][4 words], then the rest, [rest][planes][4 words] of [4 filters][rest]
 * a plane of signs, or first what is not 0, then what is -1; words beyond a row are 0 in both. */
typedef struct {
  int32_t steps, rest, blocks; /* blocks: of 4 filters */
  int32_t x_planes, w_planes;  /* 2: ternary */
} tq_ternary_size;

/* Words of a plane of a panel of rows, and of a block of filters. */
static inline int32_t tq_ternary_row_words(tq_ternary_size size) { return 16 * (size.steps + (size.rest > 0)); }
static inline int32_t tq_ternary_block_words(tq_ternary_size size) {
  return size.w_planes * (16 * size.steps + 4 * size.rest);
}

/* sums[row][4 * block + i], of rows `apart` sums apart: the sum of products, where it is of two ternary rows, int16 if
 * narrow; otherwise - (the places of products of -1 << (shift + 1)) is added. */
void tq_neon_ternary_sums(const uint32_t *rows, const uint32_t *filters, tq_ternary_size size, int32_t shift,
                          int32_t narrow, int32_t apart, int32_t *sums);

/* How sums of all filters at a position become its outputs: thresholds by number, not by channel. */
typedef struct {
  const tq_bits_output *how;
  const void *bias;
  int32_t channels;
  int32_t *thresholds; /* [levels - 1][channels rounded up to 8]; NULL if there are too many levels */
  uint32_t *flip;      /* [words]; of few levels; NULL if there are more */
  int16_t *narrow;     /* as thresholds; NULL if sums are int32 */
} tq_bits_store;

#define TQ_NEON_MOST_LEVELS 16

/* words: TQ_NEON_MOST_LEVELS - 1 rows of channels rounded up to 8; of few levels the last row is flip. */
void tq_neon_bits_lay_thresholds(tq_bits_store *store, int32_t *words);

/* sums: [channels rounded up to 8]; output: the position's. */
typedef void tq_neon_store_row(const tq_bits_store *store, const int32_t *sums, int32_t row, void *output);
tq_neon_store_row tq_neon_store_bits, tq_neon_store_a8, tq_neon_store_f32;

/* The same of few levels and sums that are int16, in as many bytes: sums of two ternary rows. */
tq_neon_store_row tq_neon_store_narrow;
void tq_neon_narrow_thresholds(tq_bits_store *store);

/* Lay `filters` ternary or sign filters into a panel of ternary sums. */
void tq_neon_ternary_filters(const int32_t *filter, int32_t filters, int32_t taps, int32_t words, int32_t planes,
                             int32_t plane, tq_ternary_size size, uint32_t *panel);

/* The whole kernel; returns whether it is one for it: if not, nothing was computed. */
int32_t tq_neon_conv_2d_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                             const int32_t *weights, const void *bias, tq_neon_store_row *store, void *output,
                             void *scratch);
int32_t tq_neon_conv_2d_bits_scratch(const tq_conv_dims *dims);
/* Whether dims are some for it. */
int32_t tq_neon_conv_2d_bits_fits(const tq_conv_dims *dims);

#endif
