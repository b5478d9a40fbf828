#include "tq_mve_sliced.h"

/* Sixteen positions of a filter as tq_sliced has them. */
static void convert(const int16_t *sums, uint32_t *to) {
  for (int32_t q = 0; q < TQ_SLICED_SUMS; q++) {
    to[q] = (uint32_t)sums[TQ_MVE_PLACE(q)] | (uint32_t)sums[TQ_MVE_PLACE(q + 8)] << 16;
  }
  for (int32_t q = 0; q < TQ_SLICED_SUMS; q += 2) to[q] += to[q + 1] << 8;
}

void tq_mve_sliced_store(const tq_mve_sliced *s, int32_t first, int32_t end) {
  tq_sliced *const layer = s->layer;
  const int32_t block = layer->block.first, count = layer->block.count;
  uint32_t *const room = (uint32_t *)(uintptr_t)s->tables;

  for (int32_t done = 0; done < count; done += TQ_SLICED_LANES) {
    for (int32_t o = 0; o < end - first; o++) convert(s->sums + o * TQ_MVE_BLOCK + done, room + o * TQ_SLICED_SUMS);
    tq_sliced_begin(layer, block + done);
    layer->store(layer, first, end, room);
  }
  layer->block.first = block;
  layer->block.count = count;
}
