#include "tq_requantize.h"
#include "tq_sliced_lines.h"

void tq_sliced_lines_set_table(const tq_sliced_lines *l, int32_t o, const tq_sliced_lines_filter *f) {
  const tq_bits_output *const how = l->layer->params;
  const int32_t *const bias = l->layer->bias;
  const int32_t multiplier = how->multiplier[o], shift = how->shift[o], step = l->unit * (1 << how->bias_shift);
  const int32_t low = how->activation_min - how->zero_point, high = how->activation_max - how->zero_point;
  int8_t *table = l->tables + f->table;
  int32_t sum = f->top * (1 << how->bias_shift) + (bias ? bias[o] : 0);

  for (const int8_t *const end = table + f->most + 1; table < end; sum = (int32_t)((uint32_t)sum - (uint32_t)step)) {
    *table++ = (int8_t)(tq_clamp(tq_scale(sum, multiplier, shift), low, high) + how->zero_point);
  }
}
