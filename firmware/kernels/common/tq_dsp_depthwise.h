/* DepthwiseConv2D with int8 activations for cores with DSP: four channels at a time, two in a word.
 *
 * Ternary and binary codes: a weight of 16 bits is a + 2^14 * b, of two outputs that see the same input: two
 * filters of a channel, or one filter at two neighbouring positions. The sum A + 2^14 * B is exact while
 * |A| < 2^13: up to 63 taps, as |x| <= 128. Filters with more taps, and int8 weights, stay single. */
#ifndef TQ_DSP_DEPTHWISE_H
#define TQ_DSP_DEPTHWISE_H

#include "tq_dsp_conv_2d.h"

enum { TQ_DSP_SINGLE, TQ_DSP_TWO_FILTERS, TQ_DSP_TWO_POSITIONS };

/* How a layer is computed. A step is one output position or, with TQ_DSP_TWO_POSITIONS, two in a row.
 * multiplier: filters a channel; slots: words' halves a channel and tap; row_taps: taps in a row of the input,
 * which `taps` has `filter.h` times, and one more where that makes it even. */
typedef struct {
  int32_t how, multiplier, slots, row_taps, taps;
  int32_t quads;       /* of channels; the last one may overlap the one before it */
  int32_t words_bytes; /* of four channels */
} tq_dsp_depthwise_plan;

tq_dsp_depthwise_plan tq_dsp_depthwise_plan_of(const tq_conv_params *params, const tq_conv_dims *dims, int coded);

/* The first channel of quad `quad`. */
static inline int32_t tq_dsp_quad_channel(int32_t quad, int32_t channels) {
  return 4 * quad + 4 <= channels || channels < 4 ? 4 * quad : channels - 4;
}

/* Words of four channels, from channel `channel` on: [slot][tap][2], channels 0 and 2, 1 and 3.
 * codes: all weights, (h, w, c_out). */
void tq_dsp_depthwise_words(const tq_conv_params *params, const tq_conv_dims *dims,
                            const tq_dsp_depthwise_plan *plan, const int8_t *codes, int32_t channel,
                            uint32_t *words);

/* What of scratch is whose, in bytes: pixels, sums, quads, outside, and then all codes, if they are packed. */
typedef struct {
  int32_t pixels_bytes, sums_bytes, quads_bytes, outside_bytes;
} tq_dsp_depthwise_room;

tq_dsp_depthwise_room tq_dsp_depthwise_room_of(const tq_conv_dims *dims, int coded);

/* A quad of channels, the first of which is `channel`; behind it its words. */
typedef struct {
  int32_t channel;
} tq_dsp_quad;

/* Of a quad: scales and words. */
static inline int32_t tq_dsp_quad_bytes(const tq_dsp_depthwise_plan *plan) {
  return 4 * plan->multiplier * (int32_t)sizeof(tq_dsp_scale) + (int32_t)sizeof(tq_dsp_quad) + plan->words_bytes;
}

/* Quads in memory: the first one, and, in bytes, from a quad to its words, and to the next quad. */
typedef struct {
  const uint8_t *first;
  int32_t words, apart, count;
} tq_dsp_quads;

/* sums [quads][4] = the sum over taps of pixels[tap][shift + channel] * weight; taps: even, >= 2. */
void tq_dsp_depthwise_sum(int32_t *sums, const tq_dsp_quads *quads, const int8_t *const *pixels, int32_t shift,
                          int32_t taps);

/* Likewise, of weights a + 2^14 * b: sums [quads][4][2], A and B of a channel. */
void tq_dsp_depthwise_sum_two(int32_t *sums, const tq_dsp_quads *quads, const int8_t *const *pixels, int32_t shift,
                              int32_t taps);

/* Some quads at all positions. scales: [quads][4 * multiplier]; pixels: [plan->taps], and behind them, of less than
 * four channels, the pixels themselves, [plan->taps][4]; sums: [4 * multiplier] and four more; outside: a pixel of
 * padding. */
typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  const tq_dsp_depthwise_plan *plan;
  tq_dsp_clamp clamp;
  const int8_t *input;
  int8_t *output;
  tq_dsp_scale *scales;
  uint8_t *quads;
  int32_t apart, count;
  const int8_t **pixels;
  int32_t *sums;
  int8_t *outside;
  int quick; /* the form of all scales */
} tq_dsp_depthwise_pass;

/* Sets pass->pixels to the taps that begin at (y, x) of an image. */
void tq_dsp_depthwise_point(const tq_dsp_depthwise_pass *pass, const int8_t *image, int32_t y, int32_t x);

/* All quads at a step, of taps `shift` bytes on from pass->pixels; two: there is a second position. */
void tq_dsp_depthwise_step(const tq_dsp_depthwise_pass *pass, int32_t shift, int two, int8_t *output);

void tq_dsp_depthwise_positions(const tq_dsp_depthwise_pass *pass);

/* Long filters of one row, which tq_dsp_fir.h slides, unless with strides or dilation. */
static inline int tq_dsp_depthwise_is_rows(const tq_conv_dims *dims) {
  return dims->filter.h == 1 && dims->filter.w >= 8;
}

/* The kernels. scratch: tq_dsp_depthwise_scratch(dims, coded) bytes; coded: ternary or binary. */
void tq_dsp_depthwise(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                      const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_dsp_depthwise_scratch(const tq_conv_dims *dims, int coded);

#endif
