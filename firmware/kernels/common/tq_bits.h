/* Codes in packed rows, one at a time; the format is that of tinyq/core/packed_activations.py. */
#ifndef TQ_BITS_H
#define TQ_BITS_H

#include <stdint.h>
#include <string.h>

#define TQ_WORD_BITS 32

/* Words of one plane of a row. */
static inline int32_t tq_bits_words(int32_t channels) {
  return (channels + TQ_WORD_BITS - 1) / TQ_WORD_BITS;
}

/* Planes of a number of levels: the bits of its highest number, levels - 1. */
static inline int32_t tq_bits_planes(int32_t levels) {
  int32_t planes = 0;
  for (int32_t highest = levels - 1; highest > 0; highest /= 2) planes++;
  return planes;
}

/* Words of a row, all planes. */
static inline int32_t tq_bits_row(int32_t channels, int32_t levels) {
  return tq_bits_planes(levels) * tq_bits_words(channels);
}

static inline int32_t tq_bit_at(const int32_t *plane, int32_t channel) {
  return (int32_t)((uint32_t)plane[channel / TQ_WORD_BITS] >> (channel % TQ_WORD_BITS) & 1u);
}

/* Code of a channel of a packed row. */
static inline int32_t tq_code_at(const int32_t *row, int32_t channels, int32_t levels, int32_t channel) {
  const int32_t words = tq_bits_words(channels), planes = tq_bits_planes(levels);
  int32_t code = 0;

  if (levels == 3) return tq_bit_at(row, channel) * (1 - 2 * tq_bit_at(row + words, channel));
  for (int32_t m = 0; m < planes; m++) code += (1 - 2 * tq_bit_at(row + m * words, channel)) * (1 << m);
  return code;
}

/* Put a code into a packed row. Codes of a row are put in order: channel 0 clears the row. */
static inline void tq_put_code(int32_t *row, int32_t channels, int32_t levels, int32_t channel,
                               int32_t code) {
  const int32_t words = tq_bits_words(channels), planes = tq_bits_planes(levels);
  /* Ternary: not 0, is -1. Otherwise the binary digits of the number, counted from the highest code down. */
  const uint32_t bits =
      levels == 3 ? (uint32_t)((code != 0) | (code < 0) << 1) : (uint32_t)(levels - 1 - code) / 2;

  if (channel == 0) memset(row, 0, (size_t)(planes * words) * sizeof *row);
  for (int32_t m = 0; m < planes; m++) {
    int32_t *const word = row + m * words + channel / TQ_WORD_BITS;
    *word = (int32_t)((uint32_t)*word | (bits >> m & 1u) << (channel % TQ_WORD_BITS));
  }
}

/* Code of a number, counted from 0 for the lowest code, or, flipped, for the highest. */
static inline int32_t tq_code_of_number(int32_t number, int32_t levels, int32_t flipped) {
  const int32_t from_lowest = flipped ? levels - 1 - number : number;
  return levels == 3 ? from_lowest - 1 : 2 * from_lowest - (levels - 1);
}

#endif
