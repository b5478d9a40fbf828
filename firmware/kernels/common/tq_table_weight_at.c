#include "tq_few_bits.h"
#include "tq_formulas.h"

int32_t tq_table_weight_at(const void *weights, int32_t index) {
  const tq_table_weights *const w = weights;
  const int32_t channel = index / w->run % w->channels;
  int32_t code = 0;

  for (int32_t i = 0; i < w->bits; i++) {
    const int32_t bit = index * w->bits + i;
    code += (w->packed[bit / 8] >> bit % 8 & 1) << i;
  }
  return tq_table_of(w->tables, w->levels, channel, w->bits)[code];
}
