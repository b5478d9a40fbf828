/* DepthwiseConv2D on packed codes whose lanes are 32 neighbouring positions of one channel: for images of few
 * channels, where words of channels are mostly empty. The input's pixels are turned into lines of a channel's bits,
 * and for filters of several columns into the words that each column of the filter sees. Taps are lists of places of
 * such words: those of weight 0 are left out, those of -1 are subtracted by adding them to the counters' complement.
 *
 * Codes are counted as numbers from the highest one down, of one digit or two: x = highest - unit * number. So
 *   sum of x * w = top - unit * E, E = start + sum of number * w
 * where start keeps E from being negative, and where weights of four levels are counted first where they are 3 and
 * -3, and three times that is where the others begin. */
#ifndef TQ_SLICED_LINES_H
#define TQ_SLICED_LINES_H

#include "tq_sliced.h"

enum {
  TQ_SLICED_LINES_LEVELS = 4,    /* at most, of everything packed */
  TQ_SLICED_LINES_TAPS = 128,
  TQ_SLICED_LINES_DIGITS = 12,   /* of E: 3 * 3 * TAPS, and what start is rounded up by */
  TQ_SLICED_LINES_CHANNELS = 8,  /* of a byte of a pixel, whose lines are made together */
  TQ_SLICED_LINES_WORDS = 1024,  /* of lines and of what filters see, if one word of positions needs no more */
  TQ_SLICED_LINES_MOST = 1536,   /* else */
  TQ_SLICED_LINES_LISTS = 5120,  /* bytes, at most */
  TQ_SLICED_LINES_TABLES = 1600  /* bytes of outputs by E */
};

typedef struct {
  int32_t shifts, behind; /* words for each row of a filter's columns; blocks behind the one of a position */
  int32_t block;          /* words that positions see, one that is not 0 if any of plane 0 is, and one that is 0 */
  int32_t words;          /* of positions, at a time */
  int32_t line, plane;    /* words of a line; of a plane of blocks */
  int32_t lines, seen;    /* words of all lines; of all blocks */
  int32_t channels, filters, list; /* of a byte; the room for places of a filter */
} tq_sliced_lines_sizes;

/* A filter's lists: [minus, plus) of weights 3, or without such ones of 1, then of 1. From the beginning on taps of
 * minus, towards the end those of plus. */
typedef struct {
  int32_t top, start, most; /* E is at most that */
  int32_t digits;           /* of E */
  int32_t limits[TQ_SLICED_LINES_LEVELS - 1]; /* a sum exceeds a threshold where E is less */
  int32_t table;            /* of int8 outputs by E: where it begins, or below 0 */
  uint16_t count[4];        /* in fours */
} tq_sliced_lines_filter;

typedef struct {
  tq_sliced *layer;
  tq_sliced_lines_sizes sizes;
  int32_t planes, unit;
  tq_sliced_lines_filter *filters;
  uint32_t *lines;          /* [channels][planes][line], or of columns none */
  uint32_t *seen;           /* [planes][words + behind][block], of columns of each channel */
  uint32_t *marks;          /* of packed outputs: planes of eight channels, [2][8][words] */
  uint16_t *lists;
  int8_t *tables;
} tq_sliced_lines;

tq_sliced_lines_sizes tq_sliced_lines_sizes_of(const tq_conv_dims *dims, int32_t planes);

/* Whether dims may be computed so; whether a layer is, where that is the faster way. */
int tq_sliced_lines_are(const tq_conv_dims *dims);
int tq_sliced_lines_fit(const tq_conv_bits_params *params, const tq_conv_dims *dims);

/* scratch: tq_sliced_lines_scratch(dims) bytes, 4-byte aligned, of which the first ones are layer->outside. */
void tq_sliced_lines_conv(tq_sliced *layer, tq_store_sum *store, void *scratch);
int32_t tq_sliced_lines_scratch(const tq_conv_dims *dims);

/* Lines of the channels of byte `byte` of pixels, which `words` words of positions from column x on of a line of the
 * output see. */
void tq_sliced_lines_fill(const tq_sliced_lines *l, int32_t byte, int32_t line, int32_t x, int32_t words);

/* What the columns of filters see of channel `c` of these. */
void tq_sliced_lines_shift(const tq_sliced_lines *l, int32_t c, int32_t words);

/* The lists of filter o, `i` of those at hand. */
void tq_sliced_lines_lay(const tq_sliced_lines *l, int32_t o, int32_t i);

/* counts += what is at `fours` * 4 places of a list: ones; numbers of two digits, the second plane `apart` words behind
 * the first one. */
void tq_sliced_lines_add(const uint32_t *seen, const uint16_t *list, int32_t fours, uint32_t *counts);
void tq_sliced_lines_add_both(const uint32_t *seen, int32_t apart, const uint16_t *list, int32_t fours,
                              uint32_t *counts);

/* counts = digits of E of the positions whose blocks begin at `seen`, 8, or if E has more, TQ_SLICED_LINES_DIGITS. */
void tq_sliced_lines_count(const tq_sliced_lines *l, int32_t i, const uint32_t *seen, uint32_t *counts);

/* Outputs of filter o, `i` of those at hand, at up to 32 positions. Packed ones are marks, word `word` of positions,
 * which are put as bytes of pixels when eight channels are there. */
void tq_sliced_lines_mark(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t word, const uint32_t *counts);
void tq_sliced_lines_put_bytes(const tq_sliced_lines *l, int32_t o, int32_t position, int32_t count);
void tq_sliced_lines_put_int8(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t position, int32_t count,
                              uint32_t counts[16]);
void tq_sliced_lines_put_each(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t position, int32_t count,
                              const uint32_t *counts, tq_store_sum *store);

/* The int8 outputs of filter o for each E. */
void tq_sliced_lines_set_table(const tq_sliced_lines *l, int32_t o, const tq_sliced_lines_filter *f);

/* Bit 8 * j + i of word k and bit 8 * j + k of word i change places. */
static inline void tq_sliced_lines_turn(uint32_t w[8]) {
  uint32_t a = w[0], b = w[1], c = w[2], d = w[3], e = w[4], f = w[5], g = w[6], h = w[7];
  uint32_t mask = tq_in_register(0x0f0f0f0fu);

  TQ_SLICED_SWAP(a, e, 4, mask);
  TQ_SLICED_SWAP(b, f, 4, mask);
  TQ_SLICED_SWAP(c, g, 4, mask);
  TQ_SLICED_SWAP(d, h, 4, mask);
  mask = tq_in_register(0x33333333u);
  TQ_SLICED_SWAP(a, c, 2, mask);
  TQ_SLICED_SWAP(b, d, 2, mask);
  TQ_SLICED_SWAP(e, g, 2, mask);
  TQ_SLICED_SWAP(f, h, 2, mask);
  mask = tq_in_register(0x55555555u);
  TQ_SLICED_SWAP(a, b, 1, mask);
  TQ_SLICED_SWAP(c, d, 1, mask);
  TQ_SLICED_SWAP(e, f, 1, mask);
  TQ_SLICED_SWAP(g, h, 1, mask);
  w[0] = a;
  w[1] = b;
  w[2] = c;
  w[3] = d;
  w[4] = e;
  w[5] = f;
  w[6] = g;
  w[7] = h;
}

#endif
