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

/* Whole words: nothing has to be put together. */
static void lay_words(const tq_mve_sliced *s, const tq_mve_tile *tile, const int32_t *tap, int32_t word, uint32_t *to) {
  const int32_t words = s->words, gap = s->w_row - words;
  const int32_t *at = tap + word;

  for (int32_t left = tile->end - tile->first, rest = words - word; left > 0; left--, rest--) {
    if (rest == 0) {
      rest = words;
      at += gap;
    }
    const uint32_t weights = (uint32_t)*at;
    if (s->pairs) {
      const uint32_t minus = (uint32_t)at[words];
      *to++ = tq_mve_first_pairs(weights, minus);
      *to++ = tq_mve_other_pairs(weights, minus);
    } else {
      *to++ = weights;
    }
    at++;
  }
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
  const int32_t *tap = s->layer->weights + first * apart + (tile->first / s->words * s->w_row + s->w_plane * s->words);
  uint32_t *to = s->nibbles;

  for (int32_t o = first; o < end; o++, tap += apart, to += TQ_MVE_TILE / 8) {
    (s->last == 8 ? lay_words : lay_filter)(s, tile, tap, word, to);
  }
  if (s->holes) {
    lay_alike(s, tile, 0, to);
    lay_alike(s, tile, UINT32_MAX, to + TQ_MVE_TILE / 8);
  }
}
