/* DepthwiseConv2D, and Conv2D whose filters see one channel: rows of the input, as words of neighbouring output
 * positions, serve all taps and filters; a filter is a list of where its taps lie in them.
 *
 * Tap s of a filter's row sees input x * stride + s at position x. Words of positions 2k and 2k + 1 lie in `phases`
 * arrays: in array p the inputs 2 * stride * k + p and stride more, for all taps s with that remainder. */
#ifndef TQ_SWAR_LINES_H
#define TQ_SWAR_LINES_H

#include "tq_swar_conv_2d.h"

enum {
  TQ_SWAR_TILES = 16,        /* of a stretch of an output row, at most */
  TQ_SWAR_ROWS_BYTES = 4096, /* what rows, and filters, may fill, unless one takes more */
  TQ_SWAR_MORE_ROWS = 4      /* behind a window's: where the next windows go on */
};

/* Lines are rows, or, of images that are narrow, columns: then the parameters' axes are turned, too. Bytes between
 * neighbours in a line, and between lines; the same of codes in a filter. */
typedef struct {
  int32_t in_right, in_down, out_right, out_down, code_right, code_down;
} tq_swar_steps;

/* A filter; behind it bytes from a tile's first word to the taps': those of `minus` codes of -1, then those of 1. */
typedef struct {
  tq_swar_scale scale;
  int32_t minus, all;
} tq_swar_filter;

/* How scratch is divided, which does not depend on strides; filters: at a time. */
typedef struct {
  int32_t taps, filters, filter_bytes, rows_bytes, lanes_bytes, codes_bytes;
} tq_swar_lines_plan;

tq_swar_lines_plan tq_swar_lines_plan_of(const tq_conv_dims *dims);

/* How a stretch is divided: words of a phase, and of a row with all of its phases; rows that there is room for. */
typedef struct {
  int32_t tiles, phases, phase_words, row_words, rows;
} tq_swar_stretch;

/* Filters of all channels, as of a Conv2D. */
static inline tq_conv_dims tq_swar_as_groups(const tq_conv_dims *dims) {
  tq_conv_dims grouped = *dims;

  grouped.filter.n = dims->output.c;
  grouped.filter.c = 1;
  return grouped;
}

/* Whether columns may be the lines. */
static inline int tq_swar_is_narrow(const tq_conv_dims *dims) {
  return dims->output.w < TQ_SWAR_TILE && dims->output.h > dims->output.w;
}

/* With the axes in the other order. */
tq_conv_dims tq_swar_turned(const tq_conv_dims *dims);

/* Whether tq_swar_lines takes it. */
static inline int tq_swar_is_lines(const tq_conv_dims *dims) {
  return dims->filter.c == 1 && dims->filter.h * dims->filter.w <= TQ_SWAR_TAPS;
}

void tq_swar_unpack(const uint16_t *units, int ternary, int32_t taps, int8_t *codes);

void tq_swar_set_filter(const tq_conv_dims *dims, const tq_swar_steps *steps, int32_t stride_w,
                        const tq_swar_stretch *stretch, const int8_t *codes, tq_swar_filter *filter);

/* A row of `size` samples, `step` bytes apart, and `zero` outside of it, or everywhere where it is NULL: words of all
 * phases, from place `begin` on. */
void tq_swar_put_row(const tq_swar_stretch *stretch, int32_t stride, const int8_t *row, int32_t size, int32_t step,
                     int32_t zero, int32_t begin, uint32_t *words);

/* The same where stride is 1: `count` words each of both phases, in turn. */
void tq_swar_put_neighbours(const int8_t *row, int32_t size, int32_t step, int32_t zero, int32_t begin,
                            uint32_t *words, int32_t count);

/* Sums of a filter's taps at `tiles` tiles, whose words begin at x. */
void tq_swar_add_taps(uint32_t *lanes, const uint32_t *x, const tq_swar_filter *filter, int32_t tiles);

/* dims: as of a Conv2D, of as many groups as channels; dilation_w is 1, or filter.w is. bias is not NULL, and has the
 * zero point's part. scratch: tq_swar_lines_scratch(dims) bytes. */
void tq_swar_lines(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input, const uint16_t *codes,
                   int ternary, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_swar_lines_scratch(const tq_conv_dims *dims);

#endif
