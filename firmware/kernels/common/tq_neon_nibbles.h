/* Conv2D of packed codes by looking sums up, for the family "neon".
 *
 * A nibble has four signs that a position sees, or two codes of two planes: of neighbouring channels, or, where these
 * are few, of neighbouring taps in a row, or in the column of a filter of one. It is a place in a register of 16 sums
 * of products, one for each filter and nibble, so that a register of nibbles, of 16 positions, is looked up at once.
 *
 * What a band of output rows sees is laid out as planes of nibbles, one a byte, row behind row, positions that are a
 * stride apart as neighbours: lanes are positions of the output in that layout, junk between rows included, and a tap
 * is a distance from them. Sums are counted as D, (largest - sum) / divisor, in bytes as long as they fit. */
#ifndef TQ_NEON_NIBBLES_H
#define TQ_NEON_NIBBLES_H

#include "tq_bits.h"
#include "tq_neon_bits.h"

#define TQ_NIBBLES_LANES 64         /* that filters are looked up for at a time, with four filters */
#define TQ_NIBBLES_COUNTS 32768     /* lanes times filters of a band, if those are more than a row */
#define TQ_NIBBLES_COPY 65536       /* bytes of the planes, if those are more than two heights of a filter */
#define TQ_NIBBLES_TABLES 32768     /* bytes of all filters' tables, if they are laid once */
#define TQ_NIBBLES_PRODUCTS 256     /* weights that meet a nibble, at most */
#define TQ_NIBBLES_LEVELS 4         /* of codes, at most */

typedef struct {
  const tq_conv_bits_params *params;
  const tq_conv_dims *dims;
  const int32_t *input, *weights;
  int32_t x_planes, w_planes, words;
  int32_t digits;              /* codes that a nibble has room for: 4 or 2 */
  int32_t channels, neighbours; /* of a nibble */
  int32_t down;                /* whether neighbours are those of a column */
  int32_t groups, lookups;     /* nibbles of a position; of a filter */
  int32_t divisor, largest;    /* sum = largest - divisor * D */
  int32_t most, at_once;       /* the largest D; look-ups whose sums fit a byte */
  int32_t last;                /* bytes from the products of whole nibbles to those of a last one */
  int32_t held;                /* filters whose tables are laid at a time: all, or 4 */
  int32_t packed;              /* outputs are codes of few levels */
  int32_t step_w, step_h;      /* strides, or 1 where there is one position */
  int32_t width, part;         /* columns that an output row sees, and of a phase of those: lanes from row to row */
  int32_t band, rows, plane;   /* rows of the output, of the input in a phase; bytes of a plane */
  int32_t lanes;               /* of a band, rounded up to TQ_NIBBLES_LANES */
  uint8_t pad;                 /* nibble of what is outside */
  tq_bits_store store;
  int32_t *sums;               /* of a position, if outputs are not packed */
  uint32_t *from;              /* [lookups]: where planes have what the first lane sees */
  uint16_t *limits;            /* [levels - 1][filters rounded up to 8]: a sum exceeds a threshold if D is less */
  uint16_t *wide;              /* [4][TQ_NIBBLES_LANES] */
  uint16_t *counts;            /* [blocks of 4 filters][lanes][4] of D, or: */
  uint8_t *marks;              /* [levels - 1][bytes of 8 filters][lanes], a bit of a filter */
  uint8_t *narrow;             /* [4][TQ_NIBBLES_LANES] */
  uint8_t *flip;               /* [bytes of 8 filters] */
  uint8_t *products;           /* [2][weights of a nibble][16]: of whole nibbles, and of a last one */
  uint8_t *tables;             /* [blocks of filters that are held][lookups][4][16] */
  uint8_t *line, *joined, *planes;
} tq_nibbles;

/* Completes a layer that has its parameters; returns whether it can be looked up, and should. */
int32_t tq_neon_nibbles_plan(tq_nibbles *layer, void *scratch);

/* Whether it takes fewer instructions than counting the words of tq_neon_bits.h. */
int32_t tq_neon_nibbles_are_faster(const tq_nibbles *layer);

/* from, limits, flip, products, and tables if all are held. */
void tq_neon_nibbles_begin(tq_nibbles *layer);

/* What output rows [oy, oy + rows) of image n see -> planes. */
void tq_neon_nibbles_lay(const tq_nibbles *layer, int32_t n, int32_t oy, int32_t rows);

/* Byte `byte` of the channels of `count` positions of a row -> lines of nibbles, `apart` bytes from each other. */
void tq_neon_nibbles_split(const tq_nibbles *layer, const int32_t *input, int32_t count, int32_t byte, int32_t apart,
                           uint8_t *lines);

/* to[i] |= from[i] << shift; they do not overlap, or `from` is behind. */
void tq_neon_nibbles_join(const uint8_t *from, int32_t count, int32_t shift, uint8_t *to);

/* Filters [first, first + 4) -> their tables. */
void tq_neon_nibbles_tables(const tq_nibbles *layer, int32_t first, uint8_t *tables);

/* The sums of `count` look-ups of the lanes from x on, with their tables of four filters: added to `wide`, or set if
 * they are the first; if wide is NULL, set in `narrow`. */
void tq_neon_nibbles_add(const uint8_t *x, const uint32_t *from, const uint8_t *tables, int32_t count, int32_t first,
                         uint8_t *narrow, uint16_t *wide);

/* D of filters [first, first + 4), narrow or wide, of lanes from `lane` on -> marks. */
void tq_neon_nibbles_mark(const tq_nibbles *layer, int32_t first, int32_t lane);
/* wide -> counts. */
void tq_neon_nibbles_keep(const uint16_t *wide, uint16_t *counts);

/* `count` lanes from `lane` on -> outputs of positions from `row` on. */
void tq_neon_nibbles_put_codes(const tq_nibbles *layer, int32_t lane, int32_t count, int32_t row, int32_t *output);
void tq_neon_nibbles_put_sums(const tq_nibbles *layer, tq_neon_store_row *store, int32_t lane, int32_t count,
                              int32_t row, void *output);

/* The whole kernel; returns whether it is one for it: if not, nothing was computed. */
int32_t tq_neon_nibbles_conv(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                             const int32_t *weights, const void *bias, tq_neon_store_row *store, void *output,
                             void *scratch);
int32_t tq_neon_nibbles_scratch(const tq_conv_dims *dims);

/* The largest |code|. */
static inline int32_t tq_nibbles_peak(int32_t levels) { return levels == 4 ? 3 : 1; }

static inline int32_t tq_nibbles_up(int32_t count, int32_t to) { return (count + to - 1) / to * to; }

/* Whether D is compared in bytes. */
static inline int32_t tq_nibbles_is_narrow(const tq_nibbles *layer) {
  return layer->packed && layer->most < UINT8_MAX;
}

/* Nibbles of a position, look-ups of a filter, lanes and bytes of planes that there is room for. */
static inline int32_t tq_nibbles_groups(const tq_conv_dims *dims) { return (dims->filter.c + 1) / 2; }
static inline int32_t tq_nibbles_lookups(const tq_conv_dims *dims) {
  return dims->filter.h * dims->filter.w * tq_nibbles_groups(dims);
}
static inline int32_t tq_nibbles_held(int32_t filters, int32_t lookups) {
  const int32_t all = tq_nibbles_up(filters, 4);
  return all * 16 * lookups <= TQ_NIBBLES_TABLES ? all : 4;
}
static inline int32_t tq_nibbles_tables(const tq_conv_dims *dims) {
  const int32_t lookups = tq_nibbles_lookups(dims);
  return 16 * lookups * tq_nibbles_held(dims->filter.n, lookups);
}
static inline int32_t tq_nibbles_width(const tq_conv_dims *dims) { return dims->input.w + 2 * dims->filter.w; }
static inline int32_t tq_nibbles_size(const tq_conv_dims *dims, int32_t rows, int32_t room) {
  const int32_t least = rows * tq_nibbles_width(dims);
  const int32_t all = (dims->input.h + 2 * dims->filter.h) * tq_nibbles_width(dims);
  const int32_t some = least > room ? least : room;
  return some < all ? some : all;
}
static inline int32_t tq_nibbles_lanes(const tq_conv_dims *dims) {
  const int32_t room = TQ_NIBBLES_COUNTS / tq_nibbles_up(dims->filter.n, 8);
  return tq_nibbles_up(tq_nibbles_size(dims, 1, room), TQ_NIBBLES_LANES);
}
static inline int32_t tq_nibbles_plane(const tq_conv_dims *dims) {
  return tq_nibbles_size(dims, 2 * dims->filter.h, TQ_NIBBLES_COPY / tq_nibbles_groups(dims));
}

#endif
