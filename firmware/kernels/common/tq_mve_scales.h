/* From sums of products to int8 outputs, for the family "mve". */
#ifndef TQ_MVE_SCALES_H
#define TQ_MVE_SCALES_H

#include "tq_mve.h"

#define TQ_MVE_APART 32 /* words between sums of two rows */
#define TQ_MVE_SCALE_BYTES 12 /* of a channel, in scratch memory */

/* How sums of x * weight become outputs: (sum * factor + start) * multiplier, shifted right; factor has the level, start
 * bias and the input's zero point, both what shifts to the left do. */
typedef struct {
  const int32_t *multiplier;
  int32_t *factor, *start, *shift; /* [channels]; shift: 0 or negative */
  int32_t zero_point, min, max;
} tq_mve_scales;

/* What the scales of a layer are made of; levels and bias may be NULL (1 and 0). */
typedef struct {
  const int32_t *multiplier;
  const int8_t *shift, *levels;
  const int32_t *bias;
  int32_t input_zero_point, zero_point, min, max;
} tq_mve_layer;

/* Room [3 * apart] for the scales of `apart` channels from `channel` on; tq_mve_set_scale sets each. */
tq_mve_scales tq_mve_scales_at(const tq_mve_layer *layer, int32_t channel, int32_t apart, int32_t *room);

/* That of channel `channel`, the i-th of the scales; total: the sum of its weights, or codes. */
static inline void tq_mve_set_scale(const tq_mve_layer *layer, const tq_mve_scales *scales, int32_t i,
                                    int32_t channel, int32_t total) {
  const int32_t level = layer->levels ? layer->levels[channel] : 1, shift = layer->shift[channel];
  const int32_t left = shift > 0 ? shift : 0;
  const uint32_t bias = layer->bias ? (uint32_t)layer->bias[channel] : 0;

  scales->factor[i] = (int32_t)((uint32_t)level << left);
  scales->start[i] = (int32_t)((bias - (uint32_t)layer->input_zero_point * (uint32_t)level * (uint32_t)total) << left);
  scales->shift[i] = shift - left;
}

/* The output of one sum. */
static inline int8_t tq_mve_output(const tq_mve_scales *s, int32_t i, int32_t sum) {
  sum = (int32_t)((uint32_t)sum * (uint32_t)s->factor[i] + (uint32_t)s->start[i]);
  return tq_to_int8(tq_scale(sum, s->multiplier[i], s->shift[i]), s->zero_point, s->min, s->max);
}

/* Sums [rows][TQ_MVE_APART] of `count` channels -> outputs, `step` apart. */
void tq_mve_outputs(const tq_mve_scales *scales, int32_t count, int32_t rows, const int32_t *sums, int8_t *output,
                    int32_t step);

#endif
