/* DepthwiseConv2D, and Conv2D of few channels, on packed codes whose lanes are 32 positions of one channel: for images
 * of few channels, where words of channels are mostly empty. A piece of a line of the output is cut into 32 lanes of
 * `words` neighbours, and word k holds the k-th of each lane, so what tap t of a row sees is word k + t. Words before
 * and behind those of the input's line are the same with lanes moved by one. Taps are lists of places of such words, of
 * all rows and of all channels that a filter sees: those of weight 0 are left out, those of -1 are places of
 * complements.
 *
 * Codes are counted as numbers from the highest one down, of one digit or two: x = highest - unit * number, and those
 * of -x are levels - 1 - number. So
 *   sum of x * w = top - unit * E, E = sum of numbers
 * where weights of four levels are counted first where they are 3 and -3, and three times that is where the others
 * begin.
 *
 * Signs that are only padded with 0 take one digit, the twos: every other pixel of the padding has number 2 and those
 * between 0, whatever the weight, and a position that sees an odd number of them gets the one that is missing. */
#ifndef TQ_SLICED_LINES_H
#define TQ_SLICED_LINES_H

#include "tq_sliced.h"

enum {
  TQ_SLICED_LINES_LEVELS = 4,    /* at most, of everything packed */
  TQ_SLICED_LINES_TAPS = 128,
  TQ_SLICED_LINES_DIGITS = 12,   /* of E: 3 * 3 * taps, also of TQ_SLICED_FEW_TAPS */
  TQ_SLICED_LINES_CHANNELS = 8,  /* of a byte of a pixel, whose lines are made together */
  TQ_SLICED_LINES_WORDS = 1024,  /* of lines and of what filters see, if one word of positions needs no more */
  TQ_SLICED_LINES_MOST = 1536,   /* else */
  TQ_SLICED_LINES_LISTS = 5120,  /* bytes, at most */
  TQ_SLICED_LINES_TABLES = 1600, /* bytes of outputs by E */
  TQ_SLICED_FEW_CHANNELS = 16,   /* of a Conv2D */
  TQ_SLICED_FEW_TAPS = 256,      /* of all its channels */
  TQ_SLICED_FEW_LISTS = 2816     /* bytes of its filters at a time and of their lists, if eight need no more */
};

typedef struct {
  int32_t words, behind;    /* of positions, at a time; of pixels behind those, one after another */
  int32_t line, lines;      /* words of a channel's rows; of all */
  int32_t seen, plane;      /* words that taps see; of a plane of those, their complements, and `words` of 0 */
  int32_t all;              /* words of lines, what taps see, and l->odd */
  int32_t last;             /* bytes of marks or of tables */
  int32_t channels, together; /* whose lines are made at a time; that a filter sees */
  int32_t filters, list;    /* at a time; the room for places of a filter */
} tq_sliced_lines_sizes;

/* A filter's lists: of weights 3 and -3, or without such ones of 1 and -1, then of 1 and -1. */
typedef struct {
  int32_t top, most;        /* E is at most that */
  int32_t digits;           /* of E */
  int32_t limits[TQ_SLICED_LINES_LEVELS - 1]; /* a sum exceeds a threshold where E is less */
  int32_t table;            /* of int8 outputs by E: where it begins, or below 0 */
  uint16_t count[2];        /* in fours */
} tq_sliced_lines_filter;

/* Positions of a line from column x on; lanes of the words [0, longer), those behind have one less. What taps see of
 * the first `known` rows is there already, in the last ones. */
typedef struct {
  int32_t line, x, words, lanes, longer, known;
} tq_sliced_lines_piece;

typedef struct {
  tq_sliced *layer;
  tq_sliced_lines_sizes sizes;
  tq_sliced_lines_piece piece;
  int32_t planes, unit;
  uint32_t outside;         /* the number of padding */
  int32_t holes;            /* which is 0, of ternary codes */
  int32_t signs;            /* ternary codes are counted as signs, if none of the input's is 0 */
  int32_t low;              /* they are not, in the lines at hand: the lower digit is counted, too */
  tq_sliced_lines_filter *filters;
  uint32_t *lines;          /* [channels][planes][rows][words + behind] */
  uint32_t *seen;           /* [planes][plane], of the channels at hand: [rows][together][words + before] */
  uint32_t *odd;            /* [words], positions that see an odd number of holes */
  uint16_t *lists;
  uint32_t *marks;          /* of packed outputs: planes of eight channels, [2][8][words] */
  int8_t *tables;           /* or, of others */
} tq_sliced_lines;

/* Whether filters see one channel; a Conv2D of one filter of one channel is the same in both ways. */
static inline int tq_sliced_lines_depthwise(const tq_conv_dims *dims) {
  return dims->filter.n == 1 && dims->filter.c == dims->output.c;
}

tq_sliced_lines_sizes tq_sliced_lines_sizes_of(const tq_conv_dims *dims, int32_t planes);

/* Whether dims may be computed so; whether a layer is, where that is the faster way. */
int tq_sliced_lines_are(const tq_conv_dims *dims);
int tq_sliced_lines_fit(const tq_conv_bits_params *params, const tq_conv_dims *dims);

/* The same of a Conv2D. */
int tq_sliced_few_are(const tq_conv_dims *dims);
int tq_sliced_few_fit(const tq_conv_bits_params *params, const tq_conv_dims *dims);

/* Rows of the image that filters of a Conv2D see on a line and on the next one. */
static inline int32_t tq_sliced_few_shared(const tq_conv_dims *dims, int32_t stride_h, int32_t dilation_h) {
  const int32_t down = stride_h / dilation_h;

  return stride_h % dilation_h == 0 && down < dims->filter.h ? dims->filter.h - down : 0;
}

/* scratch: tq_sliced_lines_scratch(dims) bytes, if it may be computed so, 4-byte aligned, of which the first ones are
 * layer->outside. */
void tq_sliced_lines_conv(tq_sliced *layer, tq_store_sum *store, void *scratch);
int32_t tq_sliced_lines_scratch(const tq_conv_dims *dims);

/* The kernels of TqBitConv2D: what does not fit goes to tq_sliced_conv_2d_bits. */
void tq_sliced_few_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                        const int32_t *weights, const void *bias, tq_sliced_store *store, tq_store_sum *store_one,
                        void *output, void *scratch);
int32_t tq_sliced_few_scratch(const tq_conv_dims *dims);

/* Lanes of `apart` neighbours, whose k-th ones are there, if `rest` are left from lane 0's on. */
static inline int32_t tq_sliced_lines_lanes(int32_t rest, int32_t apart) {
  if (rest <= 0) return 0;
  return rest >= TQ_WORD_BITS * apart ? TQ_WORD_BITS : (rest - 1) / apart + 1;
}

/* Lanes of word k of the piece at hand, and the position of lane 0. */
static inline int32_t tq_sliced_lines_lanes_of(const tq_sliced_lines *l, int32_t k) {
  return l->piece.lanes - (k >= l->piece.longer);
}
static inline int32_t tq_sliced_lines_position(const tq_sliced_lines *l, int32_t k) {
  return l->piece.line * l->layer->dims->output.w + l->piece.x + k;
}

/* Bytes of pixels, `step` bytes apart, of which the first `lanes` are there -> words of lanes of their channels. */
void tq_sliced_lines_fetch(const uint8_t *from, int32_t step, int32_t lanes, int32_t channels, uint32_t to[8]);

/* Lines of the channels of byte `byte` of pixels, which the piece at hand sees. Returns 0 if plane 0 is 0 inside. */
uint32_t tq_sliced_lines_fill(const tq_sliced_lines *l, int32_t byte, uint32_t *lines);

/* What filters see of channel `c` of these and of those they see together with it, one after another. */
void tq_sliced_lines_see(const tq_sliced_lines *l, int32_t c);

/* l->odd of the piece at hand. */
void tq_sliced_lines_find_odd(const tq_sliced_lines *l);

/* The lists of filter o, `i` of those at hand. */
void tq_sliced_lines_lay(const tq_sliced_lines *l, int32_t o, int32_t i);

/* counts += what is at `fours` * 4 places of a list: ones; numbers of two digits, the second plane `apart` words behind
 * the first one. */
void tq_sliced_lines_add(const uint32_t *seen, const uint16_t *list, int32_t fours, uint32_t *counts);
void tq_sliced_lines_add_both(const uint32_t *seen, int32_t apart, const uint16_t *list, int32_t fours,
                              uint32_t *counts);

/* counts = digits of E of word k of the positions, 8, or if E has more, TQ_SLICED_LINES_DIGITS. */
void tq_sliced_lines_count(const tq_sliced_lines *l, int32_t i, int32_t k, uint32_t *counts);

/* Outputs of filter o, `i` of those at hand, at word k of the positions. Packed ones are marks, which are put as bytes
 * of pixels when eight channels are there. */
void tq_sliced_lines_mark(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t k, const uint32_t *counts);
void tq_sliced_lines_put_bytes(const tq_sliced_lines *l, int32_t o);
void tq_sliced_lines_put_int8(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t k, uint32_t counts[16]);
void tq_sliced_lines_put_each(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t k, const uint32_t *counts,
                              tq_store_sum *store);

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
