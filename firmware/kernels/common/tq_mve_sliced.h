/* tq_sliced.h for the family "mve": 64 output positions at a time, a nibble each of two vectors.
 *
 * An entry of a table holds, of four bits of weights, what they add to D less the middle, -2 to 2: 16 * b + a for the
 * lanes a and b of a byte. Three entries' sum s is still one byte; the sum of all bytes, modulo 256, is that of 16 * b + a,
 * and round(s / 16) is b, which one instruction adds up: lanes a are the rest. */
#ifndef TQ_MVE_SLICED_H
#define TQ_MVE_SLICED_H

#include "tq_bits.h"
#include "tq_sliced.h"

enum {
  TQ_MVE_CUTS = 3,            /* thresholds of a channel */
  TQ_MVE_BLOCK = 64,          /* positions */
  TQ_MVE_FILTERS = 64,        /* that share tables */
  TQ_MVE_TILE = 48,           /* tables at a time, whole words; sums of 63 fit bytes */
  TQ_MVE_ENTRY = 16,          /* bytes */
  TQ_MVE_TABLE = 512          /* bytes of a table: of lanes 0 to 31, then of the others */
};

typedef struct tq_mve_sliced tq_mve_sliced;

/* D of filters [first, end) -> outputs. */
typedef void tq_mve_store(const tq_mve_sliced *s, int32_t first, int32_t end);

struct tq_mve_sliced {
  tq_sliced *layer;
  tq_mve_store *store;
  int32_t pairs, holes;              /* as tq_sliced.h has them; none where layer->only_signs */
  int32_t x_planes, w_planes;        /* of codes of four levels, which are walked each by each */
  int32_t x_plane;                   /* of these, what tables are of */
  int32_t room;                      /* words of nibbles of a plane */
  int32_t taps, words, last;         /* words of a tap, and nibbles of the last one */
  int32_t x_words, w_row, group_word;
  int32_t seen_tap;                  /* that `seen` is for */
  int32_t *y0, *x0, *start, *seen;   /* [TQ_MVE_BLOCK] as in tq_sliced_block; seen: words from the input on, or -1 */
  uint32_t *gathered;                /* [TQ_MVE_BLOCK] */
  uint32_t *nibbles;                 /* [w_planes]: weights of a tile's tables, TQ_MVE_TILE / 8 words a filter, and two more */
  uint8_t *tables;
  int32_t column, row;               /* of lane 0, in rows of so many lanes, the last of which may be outside the output */
  int32_t filled, laid;              /* of a tile that is all: the group_word of `tables`, the first filter of `nibbles` */
  int32_t more;                      /* what D is more than the sum of entries */
  int32_t bytes;                     /* that sum is what is kept, as bytes: one tile, and a store that takes them */
  int16_t *limits;                   /* [TQ_MVE_CUTS][output.c], of packed outputs: what D, or bytes, are less than where the sum is above */
  uint32_t *flips;                   /* bits of output.c */
  int16_t *sums;                     /* [TQ_MVE_FILTERS + 2][TQ_MVE_BLOCK]: D, or bytes */
};

/* Pieces [first, end) of the taps, a word each, that are a tile; tables of theirs and of nothing up to whole words. */
typedef struct {
  int32_t first, end, tables;
} tq_mve_tile;

static inline int32_t tq_mve_nibbles(const tq_mve_sliced *s, int32_t piece) {
  return piece % s->words == s->words - 1 ? s->last : 8;
}

/* Ternary weights in pairs: of each nibble's weights the first two, and then the others. */
#define TQ_MVE_PAIRS 0x33333333u
static inline uint32_t tq_mve_first_pairs(uint32_t there, uint32_t minus) {
  return (there & TQ_MVE_PAIRS) | (minus & TQ_MVE_PAIRS) << 2;
}
static inline uint32_t tq_mve_other_pairs(uint32_t there, uint32_t minus) {
  return (there >> 2 & TQ_MVE_PAIRS) | (minus & ~TQ_MVE_PAIRS);
}

/* Bytes of scratch, 4-byte aligned, of which the first ones are layer->outside. */
int32_t tq_mve_sliced_scratch(const tq_conv_dims *dims);

/* direct: `store` takes bytes, too, and leaves tables alone. */
void tq_mve_sliced_conv_by(tq_sliced *layer, tq_mve_store *store, int32_t direct, void *scratch);

/* By layer->store, and to packed or int8 outputs. */
tq_sliced_core tq_mve_sliced_conv, tq_mve_sliced_conv_bits, tq_mve_sliced_conv_a8;

/* The positions from `first` on, of layer->block.count. */
void tq_mve_sliced_begin(tq_mve_sliced *s, int32_t first);
void tq_mve_sliced_see(tq_mve_sliced *s, int32_t tap);

/* Tables of a tile; weights of filters [first, end), and of two more, of which all bits are 0 and 1, as nibbles. */
void tq_mve_sliced_fill(tq_mve_sliced *s, const tq_mve_tile *tile);
void tq_mve_sliced_lay(tq_mve_sliced *s, const tq_mve_tile *tile, int32_t first, int32_t end);

/* What a walk does with its sums: they are bytes [TQ_MVE_BLOCK], it begins D with them and `start`, or adds them to D
 * 2^(how - TQ_MVE_ADD) times. */
enum { TQ_MVE_BYTES, TQ_MVE_BEGIN, TQ_MVE_ADD, TQ_MVE_ADD_TWICE, TQ_MVE_ADD_4_TIMES };

/* Where D of lane i is: of each sixteen first the even ones. */
#define TQ_MVE_PLACE(i) ((i) / 16 * 16 + (i) % 2 * 8 + (i) % 16 / 2)

/* Filters, `apart` words of nibbles apart, of `words` words each: as many as there are tables for. */
typedef struct {
  const uint8_t *tables;
  const uint32_t *nibbles;
  int32_t filters, apart, words, how, start;
} tq_mve_walk;

void tq_mve_sliced_walk(const tq_mve_walk *walk, void *sums);

/* Words that limits take. */
static inline int32_t tq_mve_limits_words(int32_t channels) { return (TQ_MVE_CUTS * channels + 1) / 2; }

/* By layer->store; to packed outputs of two to four levels, for which limits are set before; to int8. */
tq_mve_store tq_mve_sliced_store, tq_mve_sliced_store_packed, tq_mve_sliced_store_a8;
void tq_mve_sliced_limits(tq_mve_sliced *s);

#endif
