#include "tq_mve_narrow.h"

/* The places of a word's nibbles, of eight or four: those behind the last are written over. */
TQ_SLICED_INLINE void lay_word(const tq_mve_narrow *n, uint32_t word, int32_t table, uint32_t *to) {
#if TQ_MVE
  const int32x4_t shifts = {0, -4, -8, -12};
  const uint32x4_t apart = vmulq_n_u32(vidupq_n_u32(0, 1), TQ_MVE_LINES);
  uint32x4_t first = vaddq_n_u32(apart, TQ_MVE_PLACED(n, table));
  uint32x4_t nibbles = vshlq_u32(vdupq_n_u32(word), shifts);

  vstrwq_u32(to, vmlaq_n_u32(first, vandq_u32(nibbles, vdupq_n_u32(15)), TQ_MVE_LINE));
  if (n->sizes.nibbles <= 4) return;
  first = vaddq_n_u32(first, 4 * TQ_MVE_LINES);
  nibbles = vshrq_n_u32(nibbles, 16);
  vstrwq_u32(to + 4, vmlaq_n_u32(first, vandq_u32(nibbles, vdupq_n_u32(15)), TQ_MVE_LINE));
#else
  for (int32_t k = 0; k < (n->sizes.nibbles > 4 ? 8 : 4); k++) {
    to[k] = TQ_MVE_PLACED(n, table + k * TQ_MVE_LINES + (int32_t)(word >> 4 * k & 15) * TQ_MVE_LINE);
  }
#endif
}

/* Those of a tap's tables. */
TQ_SLICED_INLINE uint32_t *lay_tap(const tq_mve_narrow *n, const int32_t *weights, int32_t table, uint32_t *to) {
  const int32_t nibbles = n->sizes.nibbles;
  const uint32_t first = (uint32_t)weights[0];

  if (!n->store.pairs) {
    lay_word(n, first, table, to);
  } else {
    const uint32_t minus = (uint32_t)weights[1];
    lay_word(n, tq_mve_first_pairs(first, minus), table, to);
    if (n->sizes.tables > nibbles) {
      lay_word(n, tq_mve_other_pairs(first, minus), table + nibbles * TQ_MVE_LINES, to + nibbles);
    }
  }
  return to + n->sizes.tables;
}

static void lay_places(const tq_mve_narrow *n) {
  const tq_sliced *const layer = n->store.layer;
  const tq_dims filter = layer->dims->filter;
  const int32_t *weights = layer->weights;
  const int32_t more = 3 * n->sizes.threes - filter.h * filter.w * n->sizes.tables;
  uint32_t *to = n->places;

  for (int32_t f = 0; f < filter.n; f++) {
    for (int32_t y = 0; y < filter.h; y++) {
      int32_t table = y * layer->dilation_h * n->row;
      for (int32_t x = 0; x < filter.w; x++, table += layer->dilation_w, weights += n->store.pairs ? 2 : 1) {
        to = lay_tap(n, weights, table, to);
      }
    }
    for (int32_t i = 0; i < more; i++) *to++ = TQ_MVE_PLACED(n, n->sizes.tables * TQ_MVE_LINES);
  }
}

/* What of the scratch memory is what. */
static void share(tq_mve_narrow *n, void *scratch) {
  const tq_dims filter = n->store.layer->dims->filter;
  tq_mve_sliced *const s = &n->store;

  s->flips = (uint32_t *)scratch + n->sizes.planes; /* behind layer->outside */
  s->limits = (int16_t *)(s->flips + tq_bits_words(filter.n));
  n->places = (uint32_t *)(uintptr_t)(s->limits + 2 * tq_mve_limits_words(filter.n));
  n->pixels = n->places + 3 * n->sizes.threes * filter.n;
  n->bytes = (uint8_t *)(n->pixels + n->sizes.planes * TQ_MVE_PIXELS);
  s->sums = (int16_t *)n->pixels;
  n->tables = (uint8_t *)scratch + tq_mve_narrow_bytes(filter, &n->sizes) - n->sizes.tables * TQ_MVE_LINES - TQ_MVE_NOTHING;
}

/* Outputs of the block whose first lane is so many pixels from the output's beginning on. */
static void store(tq_mve_narrow *n, int32_t image, int32_t first) {
  tq_sliced *const layer = n->store.layer;
  const tq_dims out = layer->dims->output;
  const int32_t rest = out.h * n->row - first, x = first % n->row;

  n->store.column = x;
  layer->block.first = (image * out.h + first / n->row) * out.w + (x < out.w ? x : out.w);
  layer->block.count = rest < TQ_MVE_BLOCK ? rest : TQ_MVE_BLOCK;
  n->store.store(&n->store, 0, layer->dims->filter.n);
}

void tq_mve_narrow_conv(tq_sliced *layer, tq_mve_narrow *n, void *scratch) {
  const tq_dims out = layer->dims->output, filter = layer->dims->filter;
  const int32_t lanes = out.h * n->row;
  tq_mve_sliced *const s = &n->store;

  s->layer = layer;
  s->pairs = TQ_SLICED_PAIRS(layer->x_levels, layer->w_levels);
  s->bytes = n->sizes.bytes;
  s->more = filter.h * filter.w * (s->pairs ? filter.c : 2 * n->sizes.nibbles);
  s->row = n->row;
  share(n, scratch);
  if (layer->packed) tq_mve_sliced_limits(s);
  tq_mve_fill((int8_t *)n->tables + n->sizes.tables * TQ_MVE_LINES, 0, TQ_MVE_NOTHING);
  lay_places(n);
  for (int32_t image = 0; image < out.n; image++) {
    for (int32_t first = 0; first < lanes; first += TQ_MVE_BLOCKS * TQ_MVE_BLOCK) {
      const int32_t blocks = lanes - first > TQ_MVE_BLOCK ? 2 : 1;
      tq_mve_narrow_fill(n, image, first, blocks);
      for (int32_t block = 0; block < blocks; block++) {
        tq_mve_narrow_walk(n, block);
        store(n, image, first + block * TQ_MVE_BLOCK);
      }
    }
  }
}
