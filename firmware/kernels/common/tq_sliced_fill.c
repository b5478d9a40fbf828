#include "tq_bits.h"
#include "tq_sliced_plan.h"

/* Tables of `nibbles` nibbles of what a tap sees; behind the last tap of nothing. */
static void fill(tq_sliced *layer, tq_sliced_plan *p, int32_t tap, int32_t word, int32_t nibbles, uint32_t *table) {
  uint32_t slices[TQ_SLICED_PLANES * 16], inside[16];
  const int32_t signs = layer->only_signs, planes = signs ? 1 : tq_bits_planes(layer->x_levels);
  const int32_t channels = tap < p->taps ? layer->dims->filter.c - word * TQ_WORD_BITS : 0;

  if (channels == 0 && !p->pairs) {
    const uint32_t zero = tq_in_register(0);
    for (const uint32_t *const end = table + nibbles * (p->in_bytes ? 64 : 32); table < end; table += 4) {
      table[0] = table[1] = table[2] = table[3] = zero;
    }
    return;
  }
  if (tap < p->taps && tap != p->seen) tq_sliced_see(layer, tap, p->group_word);
  p->seen = tap;
  for (int32_t m = 0; m < planes; m++) {
    tq_sliced_gather(layer->block.seen, (signs + m) * p->x_words + word, nibbles, slices + 16 * m);
  }
  if (TQ_USED_PAIRS && p->pairs) {
    tq_sliced_table_pairs(slices, layer->x_levels, nibbles, channels, table);
  } else if (TQ_USED_BYTES && p->in_bytes) {
    tq_sliced_table_bytes(slices, layer->x_levels, nibbles, channels, table);
  } else if (TQ_USED_SIGNS) {
    const int32_t padded = signs && !layer->block.inside;
    if (TQ_USED_HOLES && p->holes) {
      tq_sliced_table(slices + 16, slices, 2, nibbles, channels, table);
      tq_sliced_count_zeros(slices, nibbles, channels, p->zeros);
    } else {
      if (TQ_USED_HOLES && padded) tq_sliced_gather(layer->block.seen, 0, 4, inside);
      tq_sliced_table(slices, padded ? inside : NULL, 0, nibbles, channels, table);
    }
  }
}

/* The tap of a place, behind the last one of which are places without a tap. */
static int32_t tap_of(const tq_sliced *layer, const tq_sliced_plan *p, int32_t place) {
  const int32_t tap = place - p->top * layer->dims->filter.w;

  return place < p->taps && tap < 0 ? tap + p->taps : place < p->taps ? tap : p->taps;
}

void tq_sliced_fill(tq_sliced *layer, tq_sliced_plan *p, int32_t unit, int32_t end, uint32_t *to) {
  const int32_t half = (p->in_bytes ? 2 : 1) * TQ_SLICED_WORD_ENTRIES;
  const int32_t known = p->known * layer->dims->filter.w;

  for (; unit < end; unit++, to += tq_sliced_unit_words(p)) {
    uint32_t *const table = to + TQ_SLICED_OFFSETS;
    if (p->two) {
      const int32_t tap = tap_of(layer, p, 2 * unit), second = tap_of(layer, p, 2 * unit + 1);
      if (tap >= known) fill(layer, p, tap, 0, 4, table);
      if (second >= known && (second < p->taps || known == 0)) fill(layer, p, second, 0, 4, table + half);
      to[0] = (uint32_t)(tap * p->w_row);
      to[1] = (uint32_t)((second < p->taps ? second : tap) * p->w_row);
    } else {
      const int32_t tap = tap_of(layer, p, unit / p->words), word = unit % p->words;
      if (tap >= known) fill(layer, p, tap, word, 8, table);
      to[0] = to[1] = (uint32_t)(tap * p->w_row + word);
    }
  }
  to[0] = UINT32_MAX; /* below 0: the end */
}
