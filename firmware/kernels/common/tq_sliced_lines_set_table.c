#include "tq_requantize.h"
#include "tq_sliced_lines.h"

void tq_sliced_lines_set_table(const tq_sliced_lines *l, int32_t o, const tq_sliced_lines_filter *f) {
  const tq_bits_output how = *(const tq_bits_output *)l->layer->params; /* a copy: the table could be its memory */
  const int32_t *const bias = l->layer->bias;
  const int32_t multiplier = how.multiplier[o], shift = how.shift[o];
  const int32_t least = how.activation_min - how.zero_point, most = how.activation_max - how.zero_point;
  const uint32_t step = (uint32_t)l->unit << how.bias_shift;
  int8_t *table = l->tables + f->table;
  uint32_t sum = (uint32_t)f->top << how.bias_shift;

  if (bias) sum += (uint32_t)bias[o];
  for (const int8_t *const end = table + f->most + 1; table < end; sum -= step) {
    *table++ = (int8_t)(tq_clamp(tq_scale((int32_t)sum, multiplier, shift), least, most) + how.zero_point);
  }
}
