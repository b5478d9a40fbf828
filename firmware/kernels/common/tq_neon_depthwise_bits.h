/* DepthwiseConv2D on packed codes for the family "neon". What an output row sees is copied plane by plane into lanes
 * of channels, position behind position, 16 bits each or whole words, so that a register has the channels of several
 * positions. Sums are counters, digit by digit, and packed outputs come from thresholds that are compared digit by
 * digit.
 *
 * A sum of products is (largest - 2 * D) / divisor. Codes of M bits are M planes of signs, and D counts the signs that
 * differ, each with its planes' factors. Of codes with no more than three levels, one side ternary, D is the sum of
 * 2 - x * w. Other ternary codes are half the sum of two signs, as in tq_sliced.h. */
#ifndef TQ_NEON_DEPTHWISE_BITS_H
#define TQ_NEON_DEPTHWISE_BITS_H

#include "tq_bits.h"
#include "tq_neon_bits.h"
#include "tq_neon_lanes.h"
#include "tq_sliced_depthwise.h"

#define TQ_LANES_PLANES 4     /* of the input and the weights */
#define TQ_LANES_COLUMNS 16   /* at least, where a row is copied in parts */
#define TQ_LANES_SCALING 4    /* numbers of a lane */
#define TQ_LANES_COPY 65536   /* bytes, or two planes if those are more: what needs more goes column by column */

typedef struct {
  const tq_conv_bits_params *params;
  const tq_conv_dims *dims;
  const int32_t *input;
  int32_t ternary, x_planes, w_planes; /* of lanes: two, not zero and minus, where ternary is 1 */
  int32_t taps, largest, divisor;
  int32_t digits; /* of the most that D is, and one more */
  int32_t pixel;        /* bytes of a position: 2, or those of its words */
  int32_t apart;        /* bytes of a pattern, which repeats one position's lanes so that any TQ_LANES fit */
  int32_t columns;      /* of the output, at a time */
  int32_t phases, part; /* columns of a copied row, [phases][part]: each stride_w-th one lies in a phase */
  int32_t plane, line;  /* bytes of a plane of the copy, and of the outputs */
  int32_t only_signs;     /* ternary codes that are two signs: none is 0 but of what is outside */
  int32_t same, same_end; /* bytes of the first plane: lanes that begin within have signs that are the same in both */
  int32_t rows;         /* positions of the whole output */
  int32_t right;        /* whether all shifts are below 0 */
  tq_bits_store store;
  int32_t *outside;     /* a packed row of the padding */
  uint32_t *limits;         /* of a word of channels */
  uint32_t *from;           /* [taps]: where the copy has them */
  uint8_t *numbers;         /* D of some positions, if outputs are not packed: low bytes, then high ones */
  int32_t *scaling;         /* of int8 outputs: what D is subtracted from, a step of D, multiplier, shift; or sums */
  uint8_t *weights;     /* patterns, [taps][w_planes] */
  uint8_t *below;       /* patterns, [levels - 1][digits]: the sum exceeds a threshold if D is less; NULL: not packed */
  uint8_t *flip, *there;
  uint8_t *copy;        /* [x_planes][filter.h][phases][part][pixel] */
  uint8_t *lines;       /* [planes] of a row of packed outputs */
} tq_lanes_layer;

/* Patterns of the weights, of limits, flip and there. */
void tq_neon_lay_patterns(tq_lanes_layer *layer, const int32_t *weights);

/* What output row oy of image n sees -> copy. */
void tq_neon_lay_lanes(const tq_lanes_layer *layer, int32_t n, int32_t oy);

/* Lanes of positions of output row oy that see nothing outside. */
void tq_neon_find_same(tq_lanes_layer *layer, int32_t oy);

/* Digits of D of the lanes that begin at x in the copy's first plane and at w in the patterns: counts [digits]. */
typedef void tq_lanes_counter(const tq_lanes_layer *layer, const uint8_t *x, const uint8_t *w, tq_lanes *counts);
tq_lanes_counter tq_neon_count_signs, tq_neon_count_ternary;

/* Digits of D -> planes of packed outputs, layer->line bytes apart; phase: where in a pattern the lanes begin. */
void tq_neon_compare_lanes(const tq_lanes_layer *layer, const tq_lanes *counts, int32_t phase, uint8_t *line);

/* The planes of a row of outputs -> output. */
void tq_neon_put_lanes(const tq_lanes_layer *layer, int32_t *output);

/* Digits of D, 16, those beyond layer->digits 0 -> D of each lane, as layer->numbers. */
void tq_neon_number_lanes(const tq_lanes_layer *layer, const tq_lanes *counts, uint8_t *numbers);

/* layer->numbers of positions [row, row + count) -> outputs that are not packed, or of many levels. */
typedef void tq_lanes_finish(const tq_lanes_layer *layer, int32_t row, int32_t count, void *output);
tq_lanes_finish tq_neon_lanes_to_int8, tq_neon_lanes_to_f32, tq_neon_lanes_to_bits;

/* The same by their sums. */
void tq_neon_lanes_to_sums(const tq_lanes_layer *layer, tq_neon_store_row *store, int32_t row, int32_t count,
                           void *output);

/* layer->scaling of int8 outputs. */
void tq_neon_lay_scaling(tq_lanes_layer *layer, const int32_t *bias);

/* The whole kernel; returns whether it is one for it: if not, nothing was computed. */
int32_t tq_neon_depthwise_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                               const int32_t *weights, const void *bias, tq_lanes_finish *finish, void *output,
                               void *scratch);
int32_t tq_neon_depthwise_bits_scratch(const tq_conv_dims *dims);

/* Bytes of a position. */
static inline int32_t tq_lanes_pixel(int32_t channels) { return channels <= 16 ? 2 : 4 * tq_bits_words(channels); }

/* Positions whose D are kept, if outputs are not packed: whole registers of any channels. */
static inline int32_t tq_lanes_positions(int32_t pixel) { return pixel <= 4 ? 64 : 16; }

/* Bytes of a digit of 256 of all these. */
static inline int32_t tq_lanes_numbers(int32_t pixel) { return 8 * pixel * tq_lanes_positions(pixel); }

/* Bytes of the copy. */
static inline int32_t tq_lanes_copy(const tq_conv_dims *dims) {
  const int32_t columns = dims->input.w + 2 * dims->filter.w;
  const int32_t plane = dims->filter.h * columns * tq_lanes_pixel(dims->filter.c) + TQ_MOST_LANES;
  const int32_t room = 2 * plane > TQ_LANES_COPY ? 2 * plane : TQ_LANES_COPY;
  return TQ_LANES_PLANES * plane < room ? TQ_LANES_PLANES * plane : room;
}

#endif
