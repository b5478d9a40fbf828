/* DepthwiseConv2D on packed codes for the family "mve" with filters of one row or of one column: the lanes are
 * neighbouring positions. Eight bits of what a position sees of a channel, eight taps or four of two bits, are an index
 * of a table of what these taps add to D (tq_sliced.h), or in images that are not wide enough for such tables, four
 * bits. Indices of eight channels are made together, and all filters of a channel share them; a table of eight bits
 * is a filter's own, made of two of those of four bits, which are the layer's. */
#ifndef TQ_MVE_LINES_H
#define TQ_MVE_LINES_H

#include "tq_mve_bytes.h"
#include "tq_sliced.h"

enum {
  TQ_MVE_LINES_TAPS = 128,    /* at most */
  TQ_MVE_LINES_ENTRIES = 256, /* of a table of eight bits */
  TQ_MVE_LINES_ROWS = 256,    /* bytes of those of four bits */
  TQ_MVE_LINES_WIDE = 384,    /* positions from which tables of eight bits are worth it */
  TQ_MVE_LINES_CUTS = 3,      /* thresholds of a channel */
  TQ_MVE_LINES_AT_ONCE = 64   /* positions */
};

typedef struct {
  int32_t columns;           /* filters are a column, else a row */
  int32_t bits;              /* of an index */
  int32_t taps, together;    /* those of an index */
  int32_t groups;            /* indices of a filter */
  int32_t block;             /* positions that share tables, whole TQ_MVE_LINES_AT_ONCE */
  int32_t apart, step;       /* bytes from a channel to the next one, and from a group to the next one */
  int32_t shared, indices, weights, tables; /* bytes of them; shared: `seen`, and later `bytes` and `sums` */
} tq_mve_lines_sizes;

typedef struct {
  tq_sliced *layer;
  tq_mve_lines_sizes sizes;
  int32_t planes, w_planes;  /* of an index's codes; of the weights */
  int32_t most, wide;        /* groups whose sums are bytes; there are more: D is `sums`, else `bytes` */
  uint8_t *seen;             /* a plane of eight channels, [planes][positions]; of columns [planes][together][block] */
  uint8_t *indices;          /* what eight channels' positions see */
  uint8_t *weights;          /* the same of eight filters' taps, `w_apart` bytes of each */
  int32_t w_apart;
  uint8_t *rows;             /* D of four bits by their weights [16][16]; of the taps left [16][16]; of none [16] */
  uint8_t *tables;           /* [groups][TQ_MVE_LINES_ENTRIES], of eight bits */
  const uint8_t **table;     /* of each group; of each four bits, before those of eight are made of them */
  uint8_t *bytes;            /* [block] */
  uint16_t *sums;            /* [block] */
  uint8_t *marks;            /* of packed outputs: [TQ_MVE_LINES_CUTS][block], bits of eight channels */
  int32_t *of_d;             /* of int8 outputs: sums of products of each D */
  int8_t *outputs;           /* and the outputs, where tables of eight bits were */
  uint8_t of_tap[4][4];      /* what a code of the weights and one of the input add to D */
} tq_mve_lines;

/* planes: 1 or 2. */
tq_mve_lines_sizes tq_mve_lines_sizes_of(const tq_conv_dims *dims, int32_t planes);

/* Whether these filters may be computed so; whether a layer can be. */
static inline int tq_mve_lines_are(const tq_conv_dims *dims) {
  const int32_t h = dims->filter.h, w = dims->filter.w;
  return (h == 1 || w == 1) && h * w >= 8 && h * w <= TQ_MVE_LINES_TAPS && dims->output.w >= 16;
}
int tq_mve_lines_fit(const tq_conv_bits_params *params, const tq_conv_dims *dims);

/* scratch: tq_mve_lines_scratch(dims) bytes, 4-byte aligned, of which the first ones are layer->outside. */
void tq_mve_lines_conv(tq_sliced *layer, tq_store_sum *store, void *scratch);
int32_t tq_mve_lines_scratch(const tq_conv_dims *dims);

/* Indices of channels [8 * byte, 8 * byte + 8) for `count` positions of a line of the output from x on. */
void tq_mve_lines_fill(const tq_mve_lines *l, int32_t byte, int32_t line, int32_t x, int32_t count);

/* Eight lines of bytes, or four -> of each of their eight bits a line, `to_apart` apart, of the bits of the lines: they
 * are first[k * apart + i], or of two planes first[0], [apart], second[0], [apart], and the same again 2 * apart on. */
typedef struct {
  const uint8_t *first, *second;
  int32_t apart, planes, lines;
  int32_t count;             /* of bytes: a multiple of 16 */
  uint8_t *to;
  int32_t to_apart;
} tq_mve_lines_bytes;

void tq_mve_lines_turn(const tq_mve_lines_bytes *bytes);

/* What tables are made of; weights of filters [8 * byte, 8 * byte + 8); the tables of filter o, one of these. */
void tq_mve_lines_set_rows(tq_mve_lines *l);
void tq_mve_lines_weigh(const tq_mve_lines *l, int32_t byte);
void tq_mve_lines_lay(const tq_mve_lines *l, int32_t o);

/* D of `count` positions of a channel. */
void tq_mve_lines_walk(const tq_mve_lines *l, int32_t channel, int32_t count);

/* D of filter o -> outputs, `position` being the first one's. */
void tq_mve_lines_put_words(const tq_mve_lines *l, int32_t o, int32_t position, int32_t count);
void tq_mve_lines_put_int8(const tq_mve_lines *l, int32_t o, int32_t position, int32_t count);

#endif
