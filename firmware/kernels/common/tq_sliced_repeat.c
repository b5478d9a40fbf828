#include "tq_bits.h"
#include "tq_sliced_depthwise.h"
#include "tq_sliced_lookup.h"

/* Bits [shift, shift + 16) of word `at` of each row, each twice. Copies are `apart` words apart. */
static void repeat_twice(const int32_t *const *rows, int32_t taps, int32_t at, int32_t shift, int32_t *copies,
                         int32_t apart) {
  const uint32_t byte = tq_in_register(0x00ff00ffu), nibble = tq_in_register(0x0f0f0f0fu);
  const uint32_t two = tq_in_register(0x33333333u), one = tq_in_register(0x55555555u);

  for (; taps > 0; taps--, copies += apart) {
    uint32_t bits = (uint32_t)(*rows++)[at] >> shift & 0xffffu;
    bits = (bits | bits << 8) & byte;
    bits = (bits | bits << 4) & nibble;
    bits = (bits | bits << 2) & two;
    bits = (bits | bits << 1) & one;
    *copies = (int32_t)(bits | bits << 1);
  }
}

static uint32_t repeated(const int32_t *row, int32_t first, int32_t end, int32_t times) {
  uint32_t bits = 0;

  for (int32_t o = first; o < end; o++) bits |= (uint32_t)tq_bit_at(row, o / times) << (o - first);
  return bits;
}

void tq_sliced_repeat(const tq_sliced *layer, const int32_t *const *rows, const tq_sliced_taps *taps,
                      int32_t *copies) {
  const int32_t planes = tq_bits_planes(layer->x_levels), in_words = tq_bits_words(layer->dims->input.c);
  const int32_t outputs = layer->dims->output.c, times = outputs / layer->dims->input.c;
  const int32_t first = taps->word * TQ_WORD_BITS, rest = outputs - first, apart = planes * taps->words;
  const int32_t end = rest < TQ_WORD_BITS ? outputs : first + TQ_WORD_BITS;

  copies += taps->word;
  for (int32_t plane = 0; plane < planes; plane++, copies += taps->words) {
    if (times == 2) {
      const int32_t at = plane * in_words + first / 2 / TQ_WORD_BITS;
      repeat_twice(rows, taps->taps, at, first / 2 % TQ_WORD_BITS, copies, apart);
      continue;
    }
    for (int32_t tap = 0; tap < taps->taps; tap++) {
      copies[tap * apart] = (int32_t)repeated(rows[tap] + plane * in_words, first, end, times);
    }
  }
}
