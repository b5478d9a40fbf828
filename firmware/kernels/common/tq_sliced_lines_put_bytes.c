#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* 32 positions, or fewer. */
static void put(const uint32_t *bytes, int32_t step, int32_t count, uint8_t *to) {
  if (count >= TQ_WORD_BITS) {
    for (int32_t k = 0; k < 8; k++, to += step) {
      to[0] = (uint8_t)bytes[k];
      to[8 * step] = (uint8_t)(bytes[k] >> 8);
      to[16 * step] = (uint8_t)(bytes[k] >> 16);
      to[24 * step] = (uint8_t)(bytes[k] >> 24);
    }
    return;
  }
  for (int32_t p = 0; p < count; p++) to[p * step] = (uint8_t)(bytes[p % 8] >> p / 8 * 8);
}

void tq_sliced_lines_put_bytes(const tq_sliced_lines *l, int32_t o, int32_t position, int32_t count) {
  const tq_bits_output *const how = l->layer->params;
  const int32_t planes = tq_bits_planes(how->levels), row = 4 * tq_bits_words(l->layer->dims->output.c);
  const int32_t words = l->sizes.words, last = o % 8;

  for (int32_t m = 0; m < planes; m++) {
    uint8_t *to = (uint8_t *)l->layer->output + (position * planes + m) * row + o / 8;
    for (int32_t i = 0, rest = count; rest > 0; i++, rest -= TQ_WORD_BITS, to += TQ_WORD_BITS * planes * row) {
      uint32_t bytes[8];
      for (int32_t c = 0; c < 8; c++) bytes[c] = c <= last ? l->marks[(8 * m + c) * words + i] : 0;
      tq_sliced_lines_turn(bytes);
      put(bytes, planes * row, rest, to);
    }
  }
}
