/* DepthwiseConv2D of int8 by int8 weights, or by codes of -1, 0 and 1, for the family "neon".
 *
 * 16 lanes are 16 channels of a position; of less than 16 channels, those of as many neighbours as fit. Several
 * positions, or groups of neighbours, share the weights of a tap. Products are added up in int16 lanes, those of codes
 * all, those of weights two (2 * 128 * 127 < 2^15). */
#ifndef TQ_NEON_DEPTHWISE_H
#define TQ_NEON_DEPTHWISE_H

#include "tinyq/tq_kernels_arm64.h"
#include "tq_outputs.h"

#define TQ_DEPTHWISE_TAPS 255 /* products of codes that int16 lanes hold: 255 * 128 < 2^15 */

typedef struct {
  int32_t taps, lanes;   /* lanes: 16, or the channels of the output if those are more */
  int32_t multiplier;    /* lanes of an input channel; blocks of 16 lanes see it at places, if that is not 1 */
  int32_t codes, right;  /* whether all products fit int16 lanes; whether all shifts are below 0 */
  int32_t zero_point, min, max;
  const int32_t *from;   /* [taps]: where the input has a tap */
  const int8_t *weights; /* [taps][lanes] */
  const int32_t *add, *multipliers, *shift; /* [lanes]: (sum * level + add) is scaled */
  const int16_t *level;                     /* [lanes], of codes */
  const uint8_t *place;                     /* [blocks][16] */
} tq_depthwise;

/* Groups of positions: where the first one sees the input, and its outputs; how far the next one is. 16 lanes are
 * written at a time, those that count the last. */
typedef struct {
  const int8_t *x;
  int8_t *y;
  int32_t count, x_step, y_step;
} tq_depthwise_groups;

/* The last of a block's 16 lanes is the last one of all. */
static inline int32_t tq_depthwise_first(int32_t block, int32_t lanes) {
  return 16 * block + 16 <= lanes ? 16 * block : lanes - 16;
}

void tq_neon_depthwise_run(const tq_depthwise *layer, const tq_depthwise_groups *groups);

/* The sums of weights [taps][lanes] of each of 16 lanes. */
void tq_neon_depthwise_totals(const int8_t *weights, int32_t taps, int32_t lanes, int32_t totals[16]);

/* The whole kernels: weights [filter.h, filter.w, filter.c], int8, or codes of -1, 0 and 1, no more taps than
 * TQ_DEPTHWISE_TAPS; packed: those (base 3 or 2), any number. Return whether they are some for it. */
int32_t tq_neon_depthwise(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *weights, int32_t codes, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_neon_depthwise_codes(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                const uint8_t *packed, int32_t base, const int32_t *bias, int8_t *output,
                                void *scratch);
int32_t tq_neon_depthwise_scratch(const tq_conv_dims *dims);

#endif
