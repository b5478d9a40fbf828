/* The int8 output of each E: what a filter's sums are requantized with. */
#ifndef TQ_SLICED_LINES_SCALE_H
#define TQ_SLICED_LINES_SCALE_H

#include "tq_dsp.h"
#include "tq_requantize.h"
#include "tq_sliced_lines.h"

/* Of accumulators begin - E * step. quick: they are below 2^30, begin and step are doubled, so that SMMLAR rounds as
 * the reference does, and what it adds to is the rounding of the shift to the right and the zero point; 2: outputs may
 * be all that int8 has. */
typedef struct {
  uint32_t begin, step;
  int32_t multiplier, shift, addend, zero_point, least, most, quick;
} tq_sliced_lines_scale;

static inline tq_sliced_lines_scale tq_sliced_lines_scale_of(const tq_sliced_lines *l, int32_t o,
                                                             const tq_sliced_lines_filter *f) {
  const tq_bits_output *const how = l->layer->params;
  const int32_t bias = l->layer->bias ? ((const int32_t *)l->layer->bias)[o] : 0, right = -how->shift[o];
  const int64_t first = (int64_t)f->top * (1 << how->bias_shift) + bias;
  const int64_t last = first - (int64_t)f->most * l->unit * (1 << how->bias_shift), bound = 1 << 30;
  tq_sliced_lines_scale s = {(uint32_t)first, (uint32_t)l->unit << how->bias_shift, how->multiplier[o], -right, 0,
                             how->zero_point, how->activation_min, how->activation_max, 0};

  if (right < 1 || right > 22 || first >= bound || last <= -bound) return s;
  s.begin *= 2;
  s.step *= 2;
  s.shift = right;
  s.addend = (1 << (right - 1)) + how->zero_point * (1 << right);
  s.quick = s.least == INT8_MIN && s.most == INT8_MAX ? 2 : 1;
  return s;
}

/* quick: a constant, that of the scale, or 1 for 2. */
static inline int8_t tq_sliced_lines_output(const tq_sliced_lines_scale *s, int quick, uint32_t e) {
  const int32_t sum = (int32_t)(s->begin - e * s->step);

  if (quick) {
    const int32_t high = tq_add_rounded_high(s->addend, sum, s->multiplier);
    const int32_t output = (high + (sum >> 31)) >> s->shift;
    return (int8_t)(quick == 2 ? tq_to_int8_range(output) : tq_clamp(output, s->least, s->most));
  }
  return tq_to_int8(tq_scale(sum, s->multiplier, s->shift), s->zero_point, s->least, s->most);
}

#endif
