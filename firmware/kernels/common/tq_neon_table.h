/* Conv2D of int8 by ternary or binary weights without multiplying, for the family "neon".
 *
 * The input is laid out as planes, one a channel, of rows one behind another, each with what is beside it: a tap of the
 * filter is a distance in a plane, and "lanes" are output positions in the same layout, junk between rows included.
 * `digits` weights make an index into a table of all their signed sums, lane by lane, in int16: one row of it
 * is added for each index. A table is built once and serves all filters, and all taps at which its inputs are
 * met again:
 *   channels > 1   a table of neighbouring channels serves all taps
 *   one channel    one of neighbouring columns serves all rows, and all columns a step of `digits` away;
 *                  with one column, one of neighbouring rows
 * At most 255 products are added up in int16 (255 * 128 < 2^15), then widened. */
#ifndef TQ_NEON_TABLE_H
#define TQ_NEON_TABLE_H

#include "tinyq/tq_kernels_arm64.h"

#define TQ_TABLE_BYTES 65536
#define TQ_TABLE_LANES 768 /* of a block */
#define TQ_TABLE_PRODUCTS 255

typedef struct {
  int32_t base, digits;      /* 3 or 2; of an index */
  int32_t tables, uses;      /* of a filter; of a table, by each filter */
  int32_t across;            /* what an index is made of: 0 channels, 1 columns, 2 rows */
  int32_t plane_h, pitch;    /* rows of a plane, and their size */
  int32_t plane;             /* bytes of a plane, with 128 behind it */
  int32_t lanes, block;      /* of an image; of a block, a multiple of 32 */
  int32_t reach;             /* lanes of a table beyond those of a block */
  int32_t row;               /* lanes of a table: block + reach, a multiple of 16 */
} tq_table_plan;

typedef struct {
  int32_t table, sums, wide, zero, offsets, indices, codes, planes, outputs; /* bytes, each a multiple of 16 */
} tq_table_sizes;

/* Returns whether there is a plan. */
int32_t tq_neon_table_plan(const tq_conv_params *params, const tq_conv_dims *dims, int32_t base,
                           tq_table_plan *plan);
/* Of any plan of dims. */
tq_table_sizes tq_neon_table_sizes(const tq_conv_dims *dims);

void tq_neon_table_planes(const tq_table_plan *plan, const tq_conv_params *params, const tq_conv_dims *dims,
                          const int8_t *image, int8_t *planes);

/* indices[filter][line][index of a line]: what the digits of a line of a filter (its channels, its row if there is one
 * channel, its column if it has one) make, the first digit lowest; zero[filter]: sum of codes, those of digits that
 * are none included. codes: all filters'. */
void tq_neon_table_indices(const tq_table_plan *plan, const tq_conv_dims *dims, const int8_t *codes,
                           uint8_t *indices, int32_t *zero);

/* All codes, one a byte. */
void tq_neon_unpack(const uint8_t *packed, int32_t base, int32_t count, int8_t *codes);

/* The table of `digits` inputs, `apart` bytes from each other, `lanes` lanes (a multiple of 16) from `input` on. */
void tq_neon_table_build(const tq_table_plan *plan, const int8_t *input, int32_t apart, int32_t lanes,
                         int16_t *table);

/* sums[lane] += the table's rows at `count` offsets; lanes a multiple of 32. first: sums begin with 0. */
void tq_neon_table_add(const int16_t *table, const uint32_t *offsets, int32_t count, int32_t lanes, int32_t first,
                       int16_t *sums);

/* wide[lane] += sums[lane]; first: it begins with 0. */
void tq_neon_table_widen(const int16_t *sums, int32_t lanes, int32_t first, int32_t *wide);

/* One filter: (sum - zero_sum) scaled -> int8, of sums in `sums`, or, if that is NULL, in `wide`. */
void tq_neon_table_scale(const tq_conv_params *params, const int32_t *bias, int32_t channel, int32_t zero_sum,
                         const int16_t *sums, const int32_t *wide, int32_t lanes, int8_t *output);

/* to[column * to_row + row] = from[row * from_row + column]. */
void tq_neon_transpose(const int8_t *from, int32_t from_row, int32_t rows, int32_t columns, int8_t *to,
                       int32_t to_row);

/* Weights of 2 bits whose tables are {-a - b, b - a, a - b, a + b}, a and b halves of whole numbers: two planes of
 * signs, as if there were twice as many filters, first all signs of a. */
static inline int32_t tq_table_is_two_signs(const int8_t *table) {
  return table[0] == -table[3] && table[1] == -table[2];
}
void tq_neon_table_signs(const uint8_t *packed, int32_t count, int8_t *codes);

/* wide[lane] = ((sum of the signs of a) * 2a + (that of b) * 2b) / 2 of sums in `sums`, or, if that is NULL, in `wide`;
 * those of b are `apart` lanes behind those of a. */
void tq_neon_table_join(const int8_t *table, const int16_t *sums, int32_t apart, int32_t lanes, int32_t *wide);

/* Instructions that the kernel takes; planes: of signs, 1 or 2. */
int64_t tq_neon_table_work(const tq_table_plan *plan, const tq_conv_dims *dims, int32_t planes);

/* The whole kernel, of ternary (base 3) or binary codes, or of two planes of signs (base 2); returns whether it is one
 * for it. */
int32_t tq_neon_conv_2d_table(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t base, int32_t planes, const int32_t *bias,
                              int8_t *output, void *scratch);
int32_t tq_neon_conv_2d_table_scratch(const tq_conv_dims *dims, int32_t planes);

/* dims with the filters of all planes. */
static inline tq_conv_dims tq_table_dims(const tq_conv_dims *dims, int32_t planes) {
  tq_conv_dims all = *dims;
  all.filter.n *= planes;
  return all;
}

#endif
