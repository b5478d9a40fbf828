/* Conv2D on packed codes for cores that cannot count the ones of a word. The lanes are sixteen output positions,
 * four or eight in a word. What the positions see of four input channels becomes a table: for each of the 16
 * patterns of four weight bits, in how many places each position differs from it. All output channels add up
 * entries of these tables; four bits of a weight word are a look-up, for 64 products.
 *
 * Codes are signs first: x = sum over its planes of factor * sign / divisor. M bits are M planes with factors
 * 1, 2, 4, ...; ternary codes are half the sum of two signs, (sign, sign or, where the code is 0, minus). So
 *   sum of x * w = (count * X * W - 2 * D) / (divisors), X and W the sums of factors,
 * where D counts the places that differ, each with its planes' factors. Signs or ternary codes by ternary weights are
 * faster in pairs: two weights with three values each are four bits, and D is the sum of 1 - x * w. Ternary codes by
 * signs need no more than signs do: tables count where codes other than 0 differ, and D is twice that and the number
 * of zeros, which is the same for all output channels. Signs that are only padded with 0 are signs: a lane that sees
 * padding differs in half of its channels, whatever the weights are. */
#ifndef TQ_SLICED_H
#define TQ_SLICED_H

#include "tinyq/tq_used.h"
#include "tq_bits.h"
#include "tq_bits_formulas.h"
#include "tq_sliced_lookup.h"

#define TQ_SLICED_LANES 16
#define TQ_SLICED_SUMS 8          /* words of a channel's sums */
#define TQ_SLICED_CHANNELS 64     /* that share tables; their sums are kept */
#define TQ_SLICED_PLANES 4        /* of the input */
#define TQ_SLICED_PAIRS(x_levels, w_levels) ((w_levels) == 3 && (x_levels) <= 3)
#define TQ_SLICED_HOLES(x_levels, w_levels) ((x_levels) == 3 && (w_levels) != 3)
#define TQ_SLICED_OFFSETS 2       /* words ahead of a unit's table */
#define TQ_SLICED_WORK_WORDS 1920 /* sums and units */
#define TQ_SLICED_LIMIT 32767     /* of D: sums are lanes of 16 bits, and their highest one compares */

/* Swap what is in `mask` of b with what is there of a, shifted. */
#define TQ_SLICED_SWAP(a, b, shift, mask)                          \
  do {                                                             \
    const uint32_t differing_ = ((a) >> (shift) ^ (b)) & (mask);   \
    (b) ^= differing_;                                             \
    (a) ^= differing_ << (shift);                                  \
  } while (0)

typedef struct tq_sliced tq_sliced;

/* Writes channels [first, end) of the block's positions. sums [end - first][TQ_SLICED_SUMS]: D of the channel
 * at lane q + 8 * h is half word h of tq_sliced_lanes(sums, q). */
typedef void tq_sliced_store(const tq_sliced *layer, int32_t first, int32_t end, const uint32_t *sums);

/* The positions of a block, one behind another; lanes behind the output's last position repeat it. */
typedef struct {
  int32_t first, count;
  int32_t y0[TQ_SLICED_LANES], x0[TQ_SLICED_LANES]; /* of their first tap */
  int32_t start[TQ_SLICED_LANES];                   /* and its row: words from the input on, may be below 0 */
  int32_t inside;                                   /* of the tap seen: no lane sees padding */
  int32_t top, bottom, left, right;                 /* least and greatest y0 and x0 */
  const int32_t *seen[TQ_SLICED_LANES];             /* rows that a tap sees */
} tq_sliced_block;

struct tq_sliced {
  const tq_conv_dims *dims;
  int32_t stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int32_t x_levels, w_levels;
  int32_t packed;           /* params are a tq_bits_output with thresholds */
  int32_t only_signs;       /* ternary codes, of which only the padding's may be 0 */
  int32_t largest, divisor; /* a sum of products is (largest - 2 * D) / divisor */
  const int32_t *input, *weights;
  int32_t *outside; /* a row of the input that holds the padding's code */
  const void *params, *bias;
  void *output;
  tq_sliced_store *store;
  tq_sliced_block block;
};

/* Of a layer on packed codes, what its arguments say: part of an initializer. */
#define TQ_SLICED_OF(of, sizes, from, codes, added, to)                                                     \
  .dims = (sizes), TQ_WINDOWS_OF(of), .x_levels = (of)->x_levels, .w_levels = (of)->w_levels, .input = (from), \
  .weights = (codes), .params = &(of)->output, .bias = (added), .output = (to)

/* Units of eight nibbles: the offsets in a filter of the weight word that each is for, or with two == 1 of the two
 * words whose lower halves it is for, then their tables, 128 entries. Behind the last unit is a negative offset. */
typedef struct {
  uint32_t *units;
  int32_t two;
  int32_t tight; /* bytes of sums have room for half a unit only */
} tq_sliced_tile;

/* Weights: `filters` filters, `apart` words apart. A plane of theirs is what is at the offsets, or, where zeros > 0,
 * ones where there are zeros: the word or not the word `zeros` before it. Its factor is 2^shift. */
typedef struct {
  const int32_t *filter;
  int32_t filters, apart, zeros, shift;
  int32_t fresh; /* nothing was added to the sums before */
} tq_sliced_filters;

/* Fills the row with the code of padding. */
static inline void tq_sliced_set_outside(const tq_sliced *layer, int32_t code) {
  const int32_t channels = layer->dims->input.c;

  for (int32_t c = 0; c < channels; c++) tq_put_code(layer->outside, channels, layer->x_levels, c, code);
}

/* Bytes of scratch that tq_sliced_conv needs, 4-byte aligned, of which the first ones are layer->outside. */
int32_t tq_sliced_scratch(const tq_conv_dims *dims);

/* Whether tq_sliced_conv can: groups of whole words, no more planes and no larger sums than it has room for. */
int32_t tq_sliced_fits(const tq_conv_dims *dims, int32_t x_levels, int32_t w_levels, int32_t packed);

/* Factors and divisor of a number of levels: X and the divisor. */
static inline int32_t tq_sliced_peak(int32_t levels) { return levels == 3 ? 2 : levels - 1; }
static inline int32_t tq_sliced_divisor(int32_t levels) { return levels == 3 ? 2 : 1; }

/* X * W, and the product of the divisors. */
static inline int32_t tq_sliced_peaks(int32_t x_levels, int32_t w_levels) {
  return TQ_SLICED_PAIRS(x_levels, w_levels) ? 2 : tq_sliced_peak(x_levels) * tq_sliced_peak(w_levels);
}
static inline int32_t tq_sliced_divisors(int32_t x_levels, int32_t w_levels) {
  return TQ_SLICED_PAIRS(x_levels, w_levels) ? 2 : tq_sliced_divisor(x_levels) * tq_sliced_divisor(w_levels);
}

/* Goes over a layer's positions. scratch begins with layer->outside. */
typedef void tq_sliced_core(tq_sliced *layer, void *scratch);
tq_sliced_core tq_sliced_conv;

/* Whether no code of a ternary input is 0. */
int tq_sliced_only_signs(const tq_sliced *layer);

/* Sets layer->only_signs, where that is so and weights are signs: a lane of padding differs in half of its channels, of
 * each four, and of the rest. */
void tq_sliced_find_signs(tq_sliced *layer);

/* Begin a block at an output position. */
void tq_sliced_begin(tq_sliced *layer, int32_t first);

/* The block's rows of the input for a tap, from the group's first word on. */
void tq_sliced_see(tq_sliced *layer, int32_t tap, int32_t group_word);

/* What the lanes hold at word `word` of what they see, `nibbles`, 4 or 8: slices[2 * a + j], nibble a of lane
 * 8 * (k / 4) + 4 * j + 2 * (k % 2) + k / 2 % 2 in nibble k. */
void tq_sliced_gather(const int32_t *const seen[TQ_SLICED_LANES], int32_t word, int32_t nibbles,
                      uint32_t slices[16]);

/* Bits of a slice's nibbles that are channels, of which `channels` are left, or fewer than none. */
static inline uint32_t tq_sliced_existing(int32_t channels) {
  if (channels >= 4) return UINT32_MAX;
  return channels > 0 ? 0x11111111u * ((1u << channels) - 1) : 0;
}

/* Tables of `nibbles` nibbles; channels from `channels` on add 0. Entries of two words, a lane in a nibble, for signs
 * minus [16], all of them if there is NULL; with step 2 those that are not 0, there [16]; with step 0 those of lanes
 * that see no padding, there [2]. Of four words, a lane in a byte, of all planes, slices [planes][16]; of pairs of ternary weights, two
 * words, for signs or ternary codes. */
void tq_sliced_table(const uint32_t *minus, const uint32_t *there, int32_t step, int32_t nibbles, int32_t channels,
                     uint32_t *table);
void tq_sliced_table_bytes(const uint32_t *slices, int32_t levels, int32_t nibbles, int32_t channels,
                           uint32_t *table);
void tq_sliced_table_pairs(const uint32_t *slices, int32_t levels, int32_t nibbles, int32_t channels,
                           uint32_t *table);

/* Adds the zeros of ternary codes, which are the 0 of slices [16], to a channel's sums. */
void tq_sliced_count_zeros(const uint32_t *slices, int32_t nibbles, int32_t channels, uint32_t *sums);

/* The weight word of a unit; two and zeros are constants where that is fast. */
static inline uint32_t tq_sliced_word(const int32_t *filter, const uint32_t *unit, int32_t two, int32_t zeros) {
  const int32_t *const first = filter + unit[0], *const second = filter + unit[1];
  uint32_t word = (uint32_t)*first, upper;

  if (zeros) word |= ~(uint32_t)first[-zeros];
  if (!two) return word;
  upper = (uint32_t)*second;
  if (zeros) upper |= ~(uint32_t)second[-zeros];
  return (word & 0xffffu) | upper << 16;
}

/* Adds 2^shift * (the sum of the tile's entries) to each filter's sums, or fresh, begins them: not yet lanes, see
 * tq_sliced_widen. */
void tq_sliced_walk(const tq_sliced_tile *tile, const tq_sliced_filters *filters, uint32_t *sums);
void tq_sliced_walk_bytes(const tq_sliced_tile *tile, const tq_sliced_filters *filters, uint32_t *sums);
void tq_sliced_walk_pairs(const tq_sliced_tile *tile, const tq_sliced_filters *filters, uint32_t *sums);

/* Adds lanes of bytes to the pair of words that is their sum: all as it is, and the odd bytes alone. What the
 * even bytes had follows at the end, by one subtraction: tq_sliced_lanes. fresh: the pair begins with them. */
static inline void tq_sliced_widen(uint32_t bytes, int32_t shift, int32_t fresh, uint32_t *pair) {
  pair[0] = (fresh ? 0 : pair[0]) + (bytes << shift);
  pair[1] = (fresh ? 0 : pair[1]) + ((bytes >> 8 & 0x00ff00ffu) << shift);
}

/* Word q of a channel's sums as lanes. */
static inline uint32_t tq_sliced_lanes(const uint32_t *sums, int32_t q) {
  return q % 2 ? sums[q] : sums[q] - (sums[q + 1] << 8);
}

/* One bit a lane: lane q + 8 * h is bit q + 16 * h. */
#define TQ_SLICED_MARKS 0x00ff00ffu
#define TQ_SLICED_MARK(q) (((from - tq_sliced_lanes(sums, q)) & highest) >> (15 - (q)))

/* Marks of the lanes whose D is at most `most`, which may be -1: bit 15 of the difference tells. */
static inline uint32_t tq_sliced_at_most(const uint32_t *sums, uint32_t most) {
  const uint32_t from = (most + 0x8000u) * 0x10001u, highest = tq_in_register(0x80008000u);

  return TQ_SLICED_MARK(0) | TQ_SLICED_MARK(1) | TQ_SLICED_MARK(2) | TQ_SLICED_MARK(3) | TQ_SLICED_MARK(4) |
         TQ_SLICED_MARK(5) | TQ_SLICED_MARK(6) | TQ_SLICED_MARK(7);
}

/* Marks of 32 channels -> a word of channels for each lane. */
void tq_sliced_transpose(const uint32_t marks[32], uint32_t rows[16]);

/* The kernels of TqBitConv2D; scratch: tq_sliced_conv_2d_bits_scratch(dims) bytes. Shapes that tq_sliced_conv
 * cannot compute, and those of few positions, go to tq_conv_2d_bits_words. */
void tq_sliced_conv_2d_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                            const int32_t *weights, const void *bias, tq_sliced_core *core, tq_sliced_store *store,
                            tq_store_sum *store_one, void *output, void *scratch);
int32_t tq_sliced_conv_2d_bits_scratch(const tq_conv_dims *dims);

tq_sliced_store tq_sliced_store_bits, tq_sliced_store_a8, tq_sliced_store_f32;

#endif
