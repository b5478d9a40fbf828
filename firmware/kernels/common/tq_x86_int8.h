/* Convolutions of int8 activations on x86-64: 32 output channels in the lanes of vector registers, four bytes of the
 * input broadcast to them. Weights of a block of channels are unpacked and laid out for that once a call. */
#ifndef TQ_X86_INT8_H
#define TQ_X86_INT8_H

#include "tinyq/tq_keeping_x86.h"
#include "tinyq/tq_kernels.h"
#include "tq_x86.h"

#define TQ_X86_DOT_CHANNELS 32 /* of a block */
#define TQ_X86_DOT_PIXELS 12   /* most output positions of a tile */
#define TQ_X86_SLACK 128       /* bytes that unpacking may write, and tiles may read, too many */

typedef int32_t tq_x86_dots[TQ_X86_DOT_PIXELS][TQ_X86_DOT_CHANNELS];

typedef struct {
  const uint8_t *x[TQ_X86_DOT_PIXELS]; /* x + 128 of what each position sees */
  int32_t pixels;
  const int32_t *steps; /* [words] bytes from there to each four of its window */
  int32_t words;
  const int8_t *w; /* [words][TQ_X86_DOT_CHANNELS][4] */
  int32_t small;   /* weights are -1, 0, 1 */
} tq_x86_dot_tile;

/* Sums of (x + 128) * w; modulo 2^32, as the sums of x that are made of them are proven to fit. */
void tq_x86_dot_avx512(const tq_x86_dot_tile *tile, tq_x86_dots sums);
void tq_x86_dot_avx2(const tq_x86_dot_tile *tile, tq_x86_dots sums);

/* Weights of channel `channel`, `count` of them, in `buffer` (count + TQ_X86_SLACK bytes) or where they are. */
typedef const int8_t *tq_x86_weights_of(const tq_conv_params *params, const void *weights, int32_t channel,
                                        int32_t count, int8_t *buffer);
tq_x86_weights_of tq_x86_ternary_weights, tq_x86_binary_weights;

/* Of kept blocks the first one follows a cache line, whose first number says whether they are laid out. */
#define TQ_X86_KEPT_HEAD 64

/* a * b, or 2^31 where it is more; no division, which some cores do not have. */
static inline int64_t tq_x86_times(int64_t a, int64_t b) {
  const int64_t most = (int64_t)1 << 31, product = (a < most ? a : most) * (b < most ? b : most);
  return product < most ? product : most;
}

/* Scales of the channels of a block. */
typedef struct {
  int32_t multiplier[TQ_X86_DOT_CHANNELS], shift[TQ_X86_DOT_CHANNELS], level[TQ_X86_DOT_CHANNELS];
  int32_t base[TQ_X86_DOT_CHANNELS]; /* to add to level * sum */
  int32_t zero_point, min, max;
  int32_t plain; /* every shift is to the right, and |level * sum + base| < 2^30 */
} tq_x86_scaling;

/* tq_scale of level * sum + base, clamped: outputs of `pixels` positions, whose sums are
 * [pixels][TQ_X86_DOT_CHANNELS], `count` channels, one position `row` bytes behind another. */
void tq_x86_scale_avx512(const tq_x86_scaling *scaling, const int32_t *sums, int32_t pixels, int32_t count, int8_t *to,
                         int32_t row);
void tq_x86_scale_avx2(const tq_x86_scaling *scaling, const int32_t *sums, int32_t pixels, int32_t count, int8_t *to,
                       int32_t row);

/* A block of channels as registers want them: scales, then [words][TQ_X86_DOT_CHANNELS][4] weights. */
typedef struct {
  tq_x86_scaling scaling;
  int32_t spare[12]; /* whole cache lines */
} tq_x86_int8_block;

/* What does not change from tile to tile. A window is `segments` runs of `run` bytes that are neighbours in the
 * padded image, each of which takes whole words. */
typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  int32_t taps, segments, run, run_words, words;
  int32_t pixel, row, height, width; /* of the padded image: bytes, bytes, rows, columns */
  int32_t *steps, *no_steps;         /* [words] */
  tq_x86_int8_block *block;
  int8_t *rows, *buffer; /* [TQ_X86_DOT_CHANNELS][4 * words + TQ_X86_SLACK]; a row */
  uint8_t *image;
  int32_t avx512;
} tq_x86_int8_work;

/* Returns 0 where the computer has no vector instructions for it, or the padded image no room. */
int tq_x86_measure_int8(const tq_conv_params *params, const tq_conv_dims *dims, void *scratch, tq_x86_int8_work *w);

static inline tq_x86_dot_tile tq_x86_int8_tile(const tq_x86_int8_work *w, const tq_x86_int8_block *block, int32_t small) {
  const tq_x86_dot_tile tile = {.steps = w->steps, .words = w->words, .w = (const int8_t *)(block + 1), .small = small};
  return tile;
}

/* Channels [first, first + count); leveled: they are codes, which levels are multiplied with. */
void tq_x86_lay_out_int8(const tq_x86_int8_work *w, const void *weights, tq_x86_weights_of *weights_of,
                         const int32_t *bias, int32_t leveled, int32_t first, int32_t count, tq_x86_int8_block *block);

/* Returns 0, and does nothing, where tq_x86_measure_int8 does. kept: tq_x86_kept_int8(dims) bytes that were 0 before
 * the first call, and belong to these weights: all blocks are laid out there, once. NULL: in scratch, in each call. */
int tq_x86_conv_int8(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input, const void *weights,
                     tq_x86_weights_of *weights_of, const int32_t *bias, int8_t *output, void *scratch, void *kept);
/* Bytes; 0, as of tq_x86_kept_int8, where that would be no 32-bit number. */
int32_t tq_x86_conv_int8_scratch(const tq_conv_dims *dims);

#endif
