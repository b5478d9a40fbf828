#include "tq_neon_nibbles.h"

/* Nibbles of channels. */
static void lay_channels(const tq_nibbles *layer, const uint32_t *weights, uint8_t *table) {
  const tq_nibbles l = *layer; /* a copy, because writing bytes could change it */
  const int32_t taps = l.dims->filter.h * l.dims->filter.w, second = l.w_planes == 2 ? l.words : 0;
  const uint32_t mask = (1u << l.digits) - 1;

  for (int32_t tap = 0; tap < taps; tap++, weights += second) {
    for (int32_t left = l.groups; left > 0; weights++) {
      uint32_t plane0 = weights[0], plane1 = second ? weights[second] : 0;
      for (int32_t bit = 0; bit < TQ_WORD_BITS && left > 0; bit += l.digits, left--, table += 64) {
        const uint32_t bits = (plane0 & mask) | (plane1 & mask) << l.digits;
        memcpy(table, l.products + (left == 1 ? l.last : 0) + 16 * bits, 16);
        plane0 >>= l.digits;
        plane1 >>= l.digits;
      }
    }
  }
}

/* Nibbles of neighbours in rows, or in a column. */
static void lay_neighbours(const tq_nibbles *layer, const uint32_t *weights, uint8_t *table) {
  const tq_nibbles l = *layer;
  const tq_dims filter = l.dims->filter;
  const int32_t lines = l.down ? 1 : filter.h, taps = l.down ? filter.h : filter.w, second = l.w_planes - 1;

  for (int32_t line = 0; line < lines; line++) {
    for (int32_t left = taps; left > 0; left -= l.neighbours, table += 64) {
      const int32_t some = left < l.neighbours ? left : l.neighbours;
      uint32_t bits = 0;
      for (int32_t i = 0; i < some; i++, weights += 1 + second) {
        bits |= (weights[0] | (second ? weights[1] << l.digits : 0)) << i * l.channels;
      }
      memcpy(table, l.products + (left <= l.neighbours ? l.last : 0) + 16 * bits, 16);
    }
  }
}

void tq_neon_nibbles_tables(const tq_nibbles *l, int32_t first, uint8_t *tables) {
  const tq_dims filter = l->dims->filter;
  const int32_t all = filter.h * filter.w * l->w_planes * l->words;

  for (int32_t o = 0; o < 4; o++) {
    const int32_t index = first + o < filter.n ? first + o : filter.n - 1; /* beyond the last one it is taken again */
    const uint32_t *const weights = (const uint32_t *)(const void *)l->weights + index * all;
    if (l->neighbours > 1) {
      lay_neighbours(l, weights, tables + 16 * o);
    } else {
      lay_channels(l, weights, tables + 16 * o);
    }
  }
}
