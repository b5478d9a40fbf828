#include "tq_sliced.h"

void tq_sliced_find_signs(tq_sliced *layer) {
  if (!TQ_SLICED_HOLES(layer->x_levels, layer->w_levels) || layer->dims->filter.c % 2 != 0) return;
  layer->only_signs = tq_sliced_only_signs(layer);
  if (!layer->only_signs) return;
  layer->largest /= layer->divisor;
  layer->divisor = 1;
}
