#include "tq_mve_sliced.h"

/* Words whose nibbles are put one behind another. */
typedef struct {
  uint64_t held;
  int32_t bits;
  uint32_t *to;
} nibble_writer;

static inline void put(nibble_writer *writer, uint32_t word, int32_t nibbles) {
  if (nibbles == 8 && writer->bits == 0) {
    *writer->to++ = word;
    return;
  }
  writer->held |= (uint64_t)word << writer->bits;
  writer->bits += 4 * nibbles;
  if (writer->bits < TQ_WORD_BITS) return;
  *writer->to++ = (uint32_t)writer->held;
  writer->held >>= TQ_WORD_BITS;
  writer->bits -= TQ_WORD_BITS;
}

/* Whole words of ternary weights: nothing has to be put together. */
static void lay_words(const tq_mve_sliced *s, const tq_mve_tile *tile, const int32_t *tap, int32_t word, uint32_t *to) {
  const int32_t words = s->words, gap = s->w_row - words;
  const int32_t *at = tap + word;

  for (int32_t left = tile->end - tile->first, rest = words - word; left > 0; left--, rest--, at++) {
    if (rest == 0) {
      rest = words;
      at += gap;
    }
    *to++ = tq_mve_first_pairs((uint32_t)at[0], (uint32_t)at[words]);
    *to++ = tq_mve_other_pairs((uint32_t)at[0], (uint32_t)at[words]);
  }
}

/* The same of planes, of all filters: the places of their words are those of the first one's. */
static void lay_planes(const tq_mve_sliced *s, const tq_mve_tile *tile, const int32_t *tap, int32_t word, int32_t filters,
                       uint32_t *to) {
  const int32_t apart = s->taps * s->w_row, last = tile->end - tile->first - 1;
  uint32_t places[8];

  for (int32_t i = 0; i < 8; i++) {
    const int32_t at = word + (i < last ? i : last);
    places[i] = (uint32_t)(at / s->words * s->w_row + at % s->words);
  }
#if TQ_MVE
  const uint32x4_t low = vldrwq_u32(places), high = vldrwq_u32(places + 4);
  for (; filters > 0; filters--, tap += apart, to += TQ_MVE_TILE / 8) {
    vstrwq_u32(to, vldrwq_gather_shifted_offset_u32((const uint32_t *)tap, low)); /* behind its words, the next one's */
    vstrwq_u32(to + 4, vldrwq_gather_shifted_offset_u32((const uint32_t *)tap, high));
  }
#else
  for (; filters > 0; filters--, tap += apart, to += TQ_MVE_TILE / 8) {
    for (int32_t i = 0; i <= last; i++) to[i] = (uint32_t)tap[places[i]];
  }
#endif
}

/* A tile's pieces of one filter, of which the first one is word `word` of a tap. */
static void lay_filter(const tq_mve_sliced *s, const tq_mve_tile *tile, const int32_t *tap, int32_t word, uint32_t *to) {
  const int32_t words = s->words, last = s->last;
  nibble_writer writer = {0, 0, to};

  for (int32_t left = tile->end - tile->first; left > 0; left--) {
    const uint32_t weights = (uint32_t)tap[word];
    const int32_t nibbles = word == words - 1 ? last : 8;
    if (s->pairs) {
      const uint32_t minus = (uint32_t)tap[word + words];
      put(&writer, tq_mve_first_pairs(weights, minus), nibbles);
      put(&writer, tq_mve_other_pairs(weights, minus), nibbles);
    } else {
      put(&writer, weights, nibbles);
    }
    if (++word < words) continue;
    word = 0;
    tap += s->w_row;
  }
  if (writer.bits > 0) *writer.to = (uint32_t)writer.held;
}

/* The same of a filter whose bits are all alike. */
static void lay_alike(const tq_mve_sliced *s, const tq_mve_tile *tile, uint32_t bits, uint32_t *to) {
  nibble_writer writer = {0, 0, to};

  for (int32_t piece = tile->first; piece < tile->end; piece++) {
    const int32_t nibbles = tq_mve_nibbles(s, piece);
    put(&writer, bits >> (TQ_WORD_BITS - 4 * nibbles), nibbles);
  }
  if (writer.bits > 0) *writer.to = (uint32_t)writer.held;
}

void tq_mve_sliced_lay(tq_mve_sliced *s, const tq_mve_tile *tile, int32_t first, int32_t end) {
  const int32_t apart = s->taps * s->w_row, word = tile->first % s->words;
  const int32_t *tap = s->layer->weights + first * apart + tile->first / s->words * s->w_row;
  uint32_t *to = s->nibbles;

  for (int32_t plane = 0; plane < s->w_planes; plane++, tap += s->words, to += s->room) {
    const int32_t *filter = tap;
    uint32_t *here = to;
    if (s->last == 8 && !s->pairs) {
      lay_planes(s, tile, tap, word, end - first, to);
      here += (end - first) * TQ_MVE_TILE / 8;
    } else {
      for (int32_t o = first; o < end; o++, filter += apart, here += TQ_MVE_TILE / 8) {
        (s->last == 8 ? lay_words : lay_filter)(s, tile, filter, word, here);
      }
    }
    if (!s->holes) continue;
    lay_alike(s, tile, 0, here);
    lay_alike(s, tile, UINT32_MAX, here + TQ_MVE_TILE / 8);
  }
}
