#include <string.h>

#include "tq_neon_bits.h"

void tq_neon_signs_begin(tq_signs_layer *layer, int32_t beside, int32_t flip, uint32_t *scratch) {
  const tq_dims filter = layer->walk.dims->filter;
  const int32_t apart = (filter.n + 7) / 8 * 8, taps = filter.h * filter.w, pixel_words = (filter.n + 63) / 64 * 2;
  const tq_signs_size size = tq_signs_size_of(taps * layer->walk.words, filter.n);
  uint32_t *left = scratch;

  memset(left, 0, (size_t)((1 + taps) * apart) * sizeof(uint16_t) + (size_t)((TQ_SIGNS_ROWS + 1) * pixel_words) * sizeof *left);
  layer->bits = left;
  left += TQ_SIGNS_ROWS * pixel_words;
  layer->flip = flip ? (uint8_t *)left : NULL;
  left += pixel_words;
  layer->start = (uint16_t *)(void *)left;
  layer->beside = beside ? layer->start + apart : NULL;
  layer->starts = layer->start + (1 + taps) * apart;
  left += (1 + taps + TQ_SIGNS_ROWS) * apart / 2;
  layer->rows = left;
  layer->filters = left + tq_signs_row_words(size);
  tq_neon_signs_filters(layer->filter, filter.n, taps, layer->walk.words, 1, 0, layer->filters);
}
