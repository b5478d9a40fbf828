#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* The first `lanes` of 32 positions. */
static void put(const uint32_t *bytes, int32_t step, int32_t lanes, uint8_t *to) {
  if (lanes >= 24) {
    for (int32_t k = 0; k < 8; k++, to += step) {
      to[0] = (uint8_t)bytes[k];
      to[8 * step] = (uint8_t)(bytes[k] >> 8);
      to[16 * step] = (uint8_t)(bytes[k] >> 16);
      if (k + 24 < lanes) to[24 * step] = (uint8_t)(bytes[k] >> 24);
    }
    return;
  }
  for (int32_t p = 0; p < lanes; p++) to[p * step] = (uint8_t)(bytes[p % 8] >> p / 8 * 8);
}

void tq_sliced_lines_put_bytes(const tq_sliced_lines *l, int32_t o) {
  const tq_bits_output *const how = l->layer->params;
  const int32_t planes = tq_bits_planes(how->levels), row = 4 * tq_bits_words(l->layer->dims->output.c);
  const int32_t words = l->sizes.words, last = o % 8, pixel = planes * row;

  for (int32_t m = 0; m < planes; m++) {
    uint8_t *to = (uint8_t *)l->layer->output + tq_sliced_lines_position(l, 0) * pixel + m * row + o / 8;
    for (int32_t k = 0; k < l->piece.words; k++, to += pixel) {
      uint32_t bytes[8];
      for (int32_t c = 0; c < 8; c++) bytes[c] = c <= last ? l->marks[(8 * m + c) * words + k] : 0;
      tq_sliced_lines_turn(bytes);
      put(bytes, l->piece.words * pixel, tq_sliced_lines_lanes_of(l, k), to);
    }
  }
}
