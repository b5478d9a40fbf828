#include "tq_mve_narrow.h"

static void lay_places(const tq_mve_narrow *n) {
  const tq_sliced *const layer = n->store.layer;
  const tq_dims filter = layer->dims->filter;
  const int32_t *weights = layer->weights;
  uint32_t *to = n->places;

  for (int32_t f = 0; f < filter.n; f++) {
    int32_t look_ups = 0;
    for (int32_t y = 0; y < filter.h; y++) {
      for (int32_t x = 0; x < filter.w; x++) {
        uint32_t word = (uint32_t)*weights++;
        int32_t table = y * layer->dilation_h * n->row + x * layer->dilation_w;
        for (int32_t k = 0; k < n->nibbles; k++, word >>= 4, table += TQ_MVE_LINES, look_ups++) {
          *to++ = TQ_MVE_PLACED(n, table + (int32_t)(word & 15) * TQ_MVE_LINE);
        }
      }
    }
    for (; look_ups < 3 * n->threes; look_ups++) *to++ = TQ_MVE_PLACED(n, n->nibbles * TQ_MVE_LINES);
  }
}

/* What of the scratch memory is what. */
static void share(tq_mve_narrow *n, void *scratch) {
  const tq_dims filter = n->store.layer->dims->filter;
  tq_mve_sliced *const s = &n->store;

  s->flips = (uint32_t *)scratch + 1; /* behind layer->outside */
  s->limits = (int16_t *)(s->flips + tq_bits_words(filter.n));
  n->pixels = (uint32_t *)(uintptr_t)(s->limits + 2 * filter.n);
  n->places = n->pixels + TQ_MVE_PIXELS;
  s->sums = (int16_t *)(n->places + 3 * n->threes * filter.n);
  n->tables = (uint8_t *)s->sums + TQ_MVE_BLOCK * n->rooms;
}

void tq_mve_narrow_conv(tq_sliced *layer, tq_mve_narrow *n, void *scratch) {
  const tq_dims out = layer->dims->output, filter = layer->dims->filter;
  const int32_t lanes = out.h * n->row;
  tq_mve_sliced *const s = &n->store;

  s->layer = layer;
  s->bytes = 1;
  s->more = 2 * filter.h * filter.w * n->nibbles;
  s->row = n->row;
  share(n, scratch);
  tq_mve_sliced_limits(s);
  tq_mve_fill((int8_t *)n->tables + n->nibbles * TQ_MVE_LINES, 0, 32);
  lay_places(n);
  for (int32_t image = 0; image < out.n; image++) {
    for (int32_t first = 0; first < lanes; first += TQ_MVE_BLOCK) {
      const int32_t y = first / n->row, rest = lanes - first;
      s->column = first % n->row;
      layer->block.first = (image * out.h + y) * out.w + (s->column < out.w ? s->column : out.w);
      layer->block.count = rest < TQ_MVE_BLOCK ? rest : TQ_MVE_BLOCK;
      tq_mve_narrow_fill(n, image, first);
      tq_mve_narrow_walk(n);
      tq_mve_sliced_store_packed(s, 0, filter.n);
    }
  }
}
