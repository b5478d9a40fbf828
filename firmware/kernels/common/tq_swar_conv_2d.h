/* Conv2D of eight positions at a time: tables of all signed sums of three (ternary), or four (binary), of a window's
 * inputs are built once and serve all filters. */
#ifndef TQ_SWAR_CONV_2D_H
#define TQ_SWAR_CONV_2D_H

#include "tq_swar.h"

/* How scratch is divided. units: of codes, whose tables are built at a time, of `taps` in all; filters: at a time. */
typedef struct {
  int32_t ternary, taps, row_units, units, filters;
  int32_t tables_bytes, x_bytes, lanes_bytes, sums_bytes; /* sums: where lanes have no room for all taps */
} tq_swar_plan;

tq_swar_plan tq_swar_plan_of(const tq_conv_dims *dims, int ternary);

/* The first pixel of a position's window: where it is, and its place in the input, which may be outside. */
typedef struct {
  int32_t y, x, place;
} tq_swar_corner;

/* What is done in turn of a tile's windows. tap: the next one, in a filter's row and column, and channel. */
typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  const int8_t *input, *outside; /* input: from the group's first channel on; outside: a pixel of the zero point */
  tq_swar_corner corners[TQ_SWAR_TILE];
  int one_row, whole_rows; /* all positions are in a row; a row of their windows is one run in the input */
  int32_t tap, row, column, channel;
} tq_swar_walk;

/* Positions [first, first + count); those that are missing to a tile repeat the first one. */
void tq_swar_begin(tq_swar_walk *walk, int32_t first, int32_t count);

/* The next taps, `left` at most, of which those of a position are neighbours: from where, and how many. */
int32_t tq_swar_next(tq_swar_walk *walk, int32_t left, const int8_t *from[TQ_SWAR_TILE]);

/* The next `count` taps -> four words each; behind the last one zeros. */
void tq_swar_gather(tq_swar_walk *walk, int32_t taps, int32_t count, uint32_t *words);

/* Words of taps -> tables: [fields][sums][TQ_SWAR_WORDS]. */
void tq_swar_set_tables(const uint32_t *x, int32_t units, int ternary, uint32_t *tables);

/* Adds what a block of `units` units of each filter finds in the tables to lanes [filters][TQ_SWAR_WORDS];
 * row_units: from a filter's units to the next one's. */
void tq_swar_look_up(uint32_t *lanes, const uint16_t *codes, int32_t row_units, int32_t units, int32_t filters,
                     int ternary, const uint32_t *tables);

/* scratch: tq_swar_conv_2d_scratch(dims, ternary) bytes; bias is not NULL, and has the zero point's part. */
void tq_swar_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                     const uint16_t *codes, int ternary, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_swar_conv_2d_scratch(const tq_conv_dims *dims, int ternary);

#endif
