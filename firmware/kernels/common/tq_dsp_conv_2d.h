/* Conv2D with int8 activations for cores with DSP: two output positions and a block of filters at a time.
 *
 * Taps are int16 lanes, two in a word. Words of the two positions alternate: x[2 * i] is taps 2i and 2i + 1 of
 * the first one, x[2 * i + 1] of the second. Weights: four words for every i, w[4 * i + q].
 *
 * int8 weights: word q is filter q of a block of four. Ternary and binary codes: word q is filters 2q and
 * 2q + 1 of a block of eight, as a + 2^14 * b, |a|, |b| <= 1: SMLAD makes four products. Its sum A + 2^14 * B
 * must be parted while |A| < 2^13: after 63 codes that are not zero, as |x| <= 128. */
#ifndef TQ_DSP_CONV_2D_H
#define TQ_DSP_CONV_2D_H

#include "tinyq/tq_types.h"
#include "tinyq/tq_used.h"
#include "tq_dsp.h"
#include "tq_few_bits.h"
#include "tq_unpack.h"

/* Weights as the kernel is given them. One of `unpack` (codes), `unpack_table` (with `bits`), or none: int8. */
typedef struct {
  const void *data;
  tq_unpack *unpack;
  tq_unpack_table *unpack_table;
  int32_t bits;
} tq_dsp_weights;

/* int8 weights, or codes, of a filter: `count` of them, at `room` unless they lie somewhere already. */
static inline const int8_t *tq_dsp_fetch(const tq_dsp_weights *weights, const int8_t *tables,
                                         const int8_t *levels, int32_t filter, int32_t count, int8_t *room) {
  const int32_t first = filter * count;

  if (weights->unpack) {
    weights->unpack(weights->data, first, count, room);
  } else if (weights->unpack_table) {
    const int8_t *const table = tq_table_of(tables, levels, filter, weights->bits);
    weights->unpack_table(weights->data, first, count, table, room);
  } else {
    return (const int8_t *)weights->data + first;
  }
  return room;
}

/* output = clamp(round(round((sum * level + bias) * multiplier / 2^31) / 2^-shift) + zero_point), where the
 * sum is that of x * weight: bias has the part of the input's zero point. In the quick form level and bias are
 * doubled, shift is turned to the right, and rounding, zero_point and -activation_min are in `addend`. */
typedef struct {
  int32_t multiplier, level, bias, addend, shift;
} tq_dsp_scale;

/* Those of `count` channels; sums_of_weights: of their filters of `taps` weights each. Returns whether all have
 * the quick form, which they get if that is `wanted`; otherwise none has. */
int tq_dsp_set_scales(const tq_conv_params *params, const int32_t *bias, int32_t channel, int32_t count,
                      int32_t taps, const int32_t *sums_of_weights, int wanted, tq_dsp_scale *scales);

/* What all outputs share. In every byte of a word: what is between max and min + 255, and min less that. */
typedef struct {
  int32_t zero_point, min, max;
  uint32_t room, back;
} tq_dsp_clamp;

tq_dsp_clamp tq_dsp_clamp_of(int32_t zero_point, int32_t min, int32_t max);

/* A sum -> its output. */
int8_t tq_dsp_finish_one(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int quick, int32_t sum);

/* sums -> outputs of neighbouring channels. */
void tq_dsp_finish(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int quick, int32_t count,
                   const int32_t *sums, int8_t *output);

/* The same of two positions: sums [count][2]. output0 may be output1, and has the first position's then. */
void tq_dsp_finish_two(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int quick, int32_t count,
                       const int32_t *sums, int8_t *output0, int8_t *output1);

/* How the taps of a filter lie: `columns` columns of `height` * `channels` each, filled up to whole pairs.
 * in_order: taps 0, 1, 2, 3 are lanes 0, 1 of word 0 and of word 1; otherwise they are quads, whose words have taps
 * 0, 2 and 1, 3, as SXTB16 has them. */
typedef struct {
  int32_t columns, height, channels, column_pairs, pairs;
  int32_t in_order, coded;
} tq_dsp_taps;

tq_dsp_taps tq_dsp_taps_of(const tq_conv_dims *dims, int one_row, int coded);

static inline int tq_dsp_coded(const tq_dsp_taps *taps) {
  return TQ_TAKES(TQ_USED_CODES, TQ_USED_INT8, taps->coded);
}

static inline int32_t tq_dsp_block_filters(const tq_dsp_taps *taps) { return tq_dsp_coded(taps) ? 8 : 4; }

/* Taps 0, 1, 2, 3 -> 0, 2, 1, 3, which even and odd bytes turn into pairs in order. */
static inline uint32_t tq_swap_middle(uint32_t bytes) {
  return (bytes & 0xff0000ffu) | (bytes >> 8 & 0xff00u) | (bytes << 8 & 0xff0000u);
}

/* Pairs of weights -> every fourth word: a + 2^14 * b, or int8. Adds to sums, or returns, the sum of the weights. */
void tq_dsp_put_codes(const int8_t *a, const int8_t *b, int32_t pairs, int in_order, uint32_t *words,
                      int32_t *sums);
int32_t tq_dsp_put_int8(const int8_t *weights, int32_t pairs, int in_order, uint32_t *words);

enum {
  TQ_DSP_TOGETHER = 8,    /* blocks whose sums are kept */
  TQ_DSP_ADDED = 1 << 13, /* to each part of the sums of codes of filters 0, 2, ... of a block */
};

/* Taps whose x are neighbours: `bytes` of x. code: where the unrolled loop is entered, and, in its lowest four bits,
 * what comes after them: TQ_DSP_RING: the x that follow are where the ring begins; TQ_DSP_GO_ON: the part goes on,
 * otherwise TQ_DSP_FIRST: no part was before, TQ_DSP_LAST: and none comes. */
typedef struct {
  int32_t bytes, code;
} tq_dsp_run;

enum { TQ_DSP_RING = 1, TQ_DSP_GO_ON = 2, TQ_DSP_FIRST = 4, TQ_DSP_LAST = 8, TQ_DSP_AFTER = 15, TQ_DSP_PAIR_BYTES = 44 };

static inline tq_dsp_run tq_dsp_run_of(int32_t pairs, int32_t after) {
  const tq_dsp_run run = {8 * pairs, 16 * TQ_DSP_PAIR_BYTES * (-pairs & 7) + after};
  return run;
}

/* Sums over the taps of runs from x on, of blocks whose words are neighbours: [filters][2 positions], eight filters a
 * block of codes, part by part, or four int8 ones. */
void tq_dsp_sum_codes(int32_t *sums, const uint32_t *x, const uint32_t *ring, const uint32_t *w, const tq_dsp_run *runs,
                      int32_t blocks);
void tq_dsp_sum_int8(int32_t *sums, const uint32_t *x, const uint32_t *ring, const uint32_t *w, const tq_dsp_run *runs,
                     int32_t blocks);

/* How scratch is divided: for the input, for `runs` runs and as many and one more with the ring's end among them, then
 * the scales and the words of `blocks` blocks. */
typedef struct {
  int32_t x_bytes, runs, runs_bytes, blocks;
} tq_dsp_plan;

/* Of a block: scales and words. */
static inline int32_t tq_dsp_block_bytes(const tq_dsp_taps *taps) {
  return tq_dsp_block_filters(taps) * (int32_t)sizeof(tq_dsp_scale) + 16 * taps->pairs;
}

/* Inputs of one channel and filters of one row have a layout of their own: rows. */
static inline int tq_dsp_is_row(const tq_conv_dims *dims) {
  return dims->input.c == 1 && dims->filter.h == 1;
}

enum { TQ_DSP_SCRATCH = 8192, TQ_DSP_ROW = 384 }; /* what blocks may fill; positions of a row at a time */

tq_dsp_plan tq_dsp_plan_of(const tq_conv_dims *dims, const tq_dsp_taps *taps, int one_row);

/* The kernels. scratch: tq_dsp_conv_2d_scratch(dims, coded) bytes. */
void tq_dsp_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                    const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_dsp_conv_2d_scratch(const tq_conv_dims *dims, int coded);

/* One pass: the filters of output channels [channel, channel + count) at all positions. */
typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  const tq_dsp_taps *taps;
  tq_dsp_clamp clamp;
  const int8_t *input; /* from the group's first channel on */
  int8_t *output;      /* from channel `channel` on */
  uint8_t *x;
  tq_dsp_run *runs, *cut; /* cut: those with the ring's end among them, from cut[0] on */
  tq_dsp_scale *scales;
  uint32_t *words;
  int32_t channel, count, parts; /* parts: as many runs */
  int quick; /* the form of all scales */
} tq_dsp_pass;

/* The filters from the pass's channel `first` on. Returns whether their scales have the quick form, see
 * tq_dsp_set_scales. */
int tq_dsp_set_block(const tq_dsp_pass *pass, const tq_dsp_weights *weights, const int32_t *bias, int32_t first,
                     int wanted);

/* pass->runs and parts, the same for all blocks. */
void tq_dsp_set_runs(tq_dsp_pass *pass);

/* An output position's window begins at input row y and column x, of an image. */
typedef struct {
  const int8_t *image;
  int32_t y, x;
} tq_dsp_corner;

/* Column `column` of the windows of two positions -> words. */
void tq_dsp_put_column(const tq_dsp_pass *pass, const tq_dsp_corner at[2], int32_t column, uint32_t *words);

/* The same of one channel, a column's height of it, `right` of the corners. */
void tq_dsp_put_single(const tq_dsp_pass *pass, const tq_dsp_corner at[2], int32_t right, uint32_t *words);

void tq_dsp_pass_columns(const tq_dsp_pass *pass);
void tq_dsp_pass_rows(const tq_dsp_pass *pass);

#endif
