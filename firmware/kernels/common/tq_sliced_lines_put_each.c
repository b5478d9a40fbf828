#include "tq_bits.h"
#include "tq_sliced_lines.h"

void tq_sliced_lines_put_each(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t k, const uint32_t *counts,
                              tq_store_sum *store) {
  const tq_sliced *const layer = l->layer;
  const tq_sliced_lines_filter *const f = l->filters + i;
  const int32_t lanes = tq_sliced_lines_lanes_of(l, k);

  for (int32_t p = 0, position = tq_sliced_lines_position(l, k); p < lanes; p++, position += l->piece.words) {
    uint32_t e = 0;
    for (int32_t digit = f->digits; digit-- > 0;) e = 2 * e + (counts[digit] >> p & 1);
    store(layer->params, layer->bias, position, layer->dims->output.c, o, f->top - l->unit * (int32_t)e,
          layer->output);
  }
}
