#include "tq_mve_narrow.h"

#include "tinyq/tq_used.h"

static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

/* As many pieces from `first` on as a tile has room for. */
static tq_mve_tile tile_from(const tq_mve_sliced *s, int32_t first) {
  const int32_t each = s->pairs ? 2 : 1;
  tq_mve_tile tile = {first, first, 0};

  while (tile.end < s->taps * s->words) {
    const int32_t tables = tile.tables + each * tq_mve_nibbles(s, tile.end);
    if (tables > TQ_MVE_TILE) break;
    tile.tables = tables;
    tile.end++;
  }
  tile.tables = (tile.tables + 7) / 8 * 8;
  return tile;
}

/* Twice what differs, and the number of zeros, which two filters tell: all that are not 0 differ from one of them. */
static void count_holes(const tq_mve_sliced *s, int32_t filters) {
  const int16_t *const minus = s->sums + filters * TQ_MVE_BLOCK, *const plus = minus + TQ_MVE_BLOCK;
  const int32_t all = s->taps * s->layer->dims->filter.c;

  for (int32_t f = 0; f < filters; f++) {
    int16_t *const sums = s->sums + f * TQ_MVE_BLOCK;
    for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) sums[i] = (int16_t)(2 * sums[i] + all - minus[i] - plus[i]);
  }
}

static void add_filters(tq_mve_sliced *s, int32_t first, int32_t end) {
  const int32_t direct = s->w_planes == 1 && !s->pairs && !s->holes && s->last == 8;
  tq_mve_walk walk = {.tables = s->tables, .filters = end - first + (s->holes ? 2 : 0), .start = s->more};

  walk.apart = direct ? s->taps * s->w_row : TQ_MVE_TILE / 8;
  for (tq_mve_tile tile = tile_from(s, 0); tile.first < tile.end; tile = tile_from(s, tile.end)) {
    const int32_t alone = tile.first == 0 && tile.end == s->taps * s->words, kept = alone && s->x_planes == 1;
    if (!direct && (!alone || s->laid != first)) tq_mve_sliced_lay(s, &tile, first, end);
    s->laid = alone ? first : -1;
    walk.words = tile.tables / 8;
    for (s->x_plane = 0; s->x_plane < s->x_planes; s->x_plane++) {
      if (!kept || s->filled != s->group_word) tq_mve_sliced_fill(s, &tile);
      s->filled = kept ? s->group_word : -1;
      for (int32_t plane = 0; plane < s->w_planes; plane++) {
        const int32_t shift = s->x_plane + plane;
        walk.nibbles = direct ? (const uint32_t *)s->layer->weights + first * walk.apart + tile.first : s->nibbles + plane * s->room;
        walk.how = s->bytes ? TQ_MVE_BYTES : tile.first == 0 && shift == 0 ? TQ_MVE_BEGIN : TQ_MVE_ADD + shift;
        tq_mve_sliced_walk(&walk, s->sums);
      }
    }
  }
  if (s->holes) count_holes(s, end - first);
}

/* What D is more than the entries' sum: 2 of each four signs; ternary weights are 1 - x * w each. */
static int32_t more_of(const tq_mve_sliced *s) {
  const int32_t of_tap = 8 * (s->words - 1) + s->last;
  const int32_t factors = (s->x_planes == 2 ? 3 : 1) * (s->w_planes == 2 ? 3 : 1);
  return s->taps * (s->pairs ? s->layer->dims->filter.c : 2 * of_tap * factors);
}

/* Signs, signs with holes, ternary weights, codes of four levels by such or signs; blocks are worth it even if a quarter of the lanes is used. */
static int can(const tq_sliced *layer) {
  const int32_t x = layer->x_levels, w = layer->w_levels;
  const tq_dims out = layer->dims->output;

  return x <= 4 && w <= 4 && ((x <= 3 && w <= 3) || (x != 3 && w != 3)) && out.n * out.h * out.w >= TQ_MVE_BLOCK / 4;
}

static void conv_by_blocks(tq_sliced *layer, tq_mve_store *store, int32_t direct, void *scratch) {
  const tq_dims out = layer->dims->output, filter = layer->dims->filter;
  const int32_t group_size = filter.n / (layer->dims->input.c / filter.c), positions = out.n * out.h * out.w;
  const int32_t filters = smaller(filter.n, TQ_MVE_FILTERS);
  tq_mve_sliced s = {.layer = layer, .store = store, .taps = filter.h * filter.w, .words = tq_bits_words(filter.c), .row = out.w};

  s.pairs = TQ_SLICED_PAIRS(layer->x_levels, layer->w_levels);
  s.holes = TQ_SLICED_HOLES(layer->x_levels, layer->w_levels) && !layer->only_signs;
  s.x_planes = layer->x_levels == 4 ? 2 : 1;
  s.w_planes = layer->w_levels == 4 ? 2 : 1;
  s.last = (filter.c - TQ_WORD_BITS * (s.words - 1) + 3) / 4;
  s.x_words = tq_bits_words(layer->dims->input.c);
  s.w_row = tq_bits_row(filter.c, layer->w_levels);
  s.y0 = (int32_t *)scratch + TQ_SLICED_PLANES * s.x_words;
  s.x0 = s.y0 + TQ_MVE_BLOCK;
  s.start = s.x0 + TQ_MVE_BLOCK;
  s.seen = s.start + TQ_MVE_BLOCK;
  s.gathered = (uint32_t *)(s.seen + TQ_MVE_BLOCK);
  s.nibbles = s.gathered + TQ_MVE_BLOCK;
  s.room = (filters + 2) * TQ_MVE_TILE / 8;
  s.flips = s.nibbles + s.w_planes * s.room;
  s.limits = (int16_t *)(s.flips + tq_bits_words(filter.n));
  s.sums = s.limits + 2 * tq_mve_limits_words(filter.n);
  s.tables = (uint8_t *)(s.sums + (filters + 2) * TQ_MVE_BLOCK);
  s.laid = -1;
  s.more = more_of(&s);
  s.bytes = direct && !s.holes && s.x_planes + s.w_planes == 2 && tile_from(&s, 0).end == s.taps * s.words;
  if (direct && layer->packed) tq_mve_sliced_limits(&s);
  for (int32_t block = 0; block < positions; block += TQ_MVE_BLOCK) {
    layer->block.first = block;
    layer->block.count = smaller(positions - block, TQ_MVE_BLOCK);
    s.filled = -1;
    tq_mve_sliced_begin(&s, block);
    for (int32_t o = 0, end; o < filter.n; o = end) {
      end = smaller(o + TQ_MVE_FILTERS, (o / group_size + 1) * group_size);
      s.group_word = o / group_size * filter.c / TQ_WORD_BITS;
      s.seen_tap = -1;
      add_filters(&s, o, end);
      store(&s, o, end);
      if (!direct) s.filled = -1; /* it was where tables are */
    }
  }
}

void tq_mve_sliced_conv_by(tq_sliced *layer, tq_mve_store *store, int32_t direct, void *scratch) {
  tq_mve_narrow narrow;

  if (TQ_USED_HOLES) tq_sliced_find_signs(layer);
  if (TQ_USED_MVE_NARROW && direct && tq_mve_narrow_fits(layer, &narrow)) {
    narrow.store.store = store;
    tq_mve_narrow_conv(layer, &narrow, scratch);
  } else if (TQ_TAKES(TQ_USED_MVE_OTHERS, TQ_USED_MVE_BLOCKS, !can(layer))) {
    tq_sliced_conv(layer, scratch);
  } else if (TQ_USED_MVE_BLOCKS) {
    conv_by_blocks(layer, store, direct, scratch);
  }
}
