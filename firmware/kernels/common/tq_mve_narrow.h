/* Conv2D of signs by signs, or of ternary weights, with at most 32 input channels and stride 1, for the family "mve".
 *
 * The padded input is one line of pixels, row after row, and so is the output, in rows as wide: a tap is so many pixels
 * further on. A table's entry is a line of bytes, each for pixel j and, 16 times, pixel j + 32. All taps share it:
 * what one adds to the sums of 64 positions is 32 bytes from its pixel on. Few filters would not be worth tables of
 * each tap. */
#ifndef TQ_MVE_NARROW_H
#define TQ_MVE_NARROW_H

#include "tq_mve.h"
#include "tq_mve_sliced.h"

enum {
  TQ_MVE_BLOCKS = 2,                                     /* that share tables */
  TQ_MVE_LINE = 176,                                     /* bytes of an entry */
  TQ_MVE_SPAN = TQ_MVE_LINE - 32 - TQ_MVE_BLOCK,         /* so far on the last tap may be: what two blocks see */
  TQ_MVE_PIXELS = TQ_MVE_LINE + 32,                      /* that an entry is made of */
  TQ_MVE_LINES = 16 * TQ_MVE_LINE,                       /* bytes of a table */
  TQ_MVE_NOTHING = TQ_MVE_BLOCK + 32,                    /* bytes of an entry that blocks see */
  TQ_MVE_THREES = 21,                                    /* whose sums are bytes */
  TQ_MVE_PAIRED = 16                                     /* channels of ternary weights, at most */
};

/* What is only of sizes, and of levels. */
typedef struct {
  int32_t planes;           /* of the input */
  int32_t nibbles, tables;  /* of a pixel: of ternary weights there are two a nibble, but of one with two channels or less */
  int32_t threes;           /* look-ups of a filter, by threes */
  int32_t bytes;            /* sums of all of them are bytes */
} tq_mve_narrow_sizes;

typedef struct {
  tq_mve_sliced store;  /* as it stores sums */
  tq_mve_narrow_sizes sizes;
  int32_t row;          /* pixels of the line that a row takes */
  int32_t span;         /* so far on is the last tap */
  uint32_t *pixels;     /* [planes][TQ_MVE_PIXELS] */
  uint8_t *bytes;       /* [planes][4][TQ_MVE_PIXELS]: those of the pixels */
  uint32_t *places;     /* [filters][3 * threes] of the entries at the taps: TQ_MVE_PLACED */
  uint8_t *tables;      /* [tables][16][TQ_MVE_LINE], and [TQ_MVE_NOTHING]: an entry that adds nothing */
} tq_mve_narrow;

/* A place in the tables: an address where that is a word. */
#if TQ_MVE
#define TQ_MVE_PLACED(n, offset) ((uint32_t)(uintptr_t)((n)->tables + (offset)))
#else
#define TQ_MVE_PLACED(n, offset) ((uint32_t)(offset))
#endif

tq_mve_narrow_sizes tq_mve_narrow_sizes_of(tq_dims filter, int32_t planes, int32_t pairs);

/* Of scratch, for such sizes, and as much as any levels need of these dims. */
int32_t tq_mve_narrow_bytes(tq_dims filter, const tq_mve_narrow_sizes *sizes);
int32_t tq_mve_narrow_scratch(const tq_conv_dims *dims);

/* Whether it can be computed so in the scratch of tq_mve_sliced_scratch; sets what is only of sizes. */
int32_t tq_mve_narrow_fits(const tq_sliced *layer, tq_mve_narrow *n);

void tq_mve_narrow_conv(tq_sliced *layer, tq_mve_narrow *n, void *scratch);

/* Tables of the line from pixel `first` of image `image` on, for so many blocks. */
void tq_mve_narrow_fill(const tq_mve_narrow *n, int32_t image, int32_t first, int32_t blocks);

/* Sums of all filters of the first or the second block. */
void tq_mve_narrow_walk(const tq_mve_narrow *n, int32_t block);

#endif
