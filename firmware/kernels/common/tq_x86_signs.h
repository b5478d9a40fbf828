/* Writers of tq_x86_conv_bits for a packed output of two codes, with one threshold a channel. */
#ifndef TQ_X86_SIGNS_H
#define TQ_X86_SIGNS_H

#include "tq_bits.h"
#include "tq_x86_bits.h"
#include "tq_x86_lanes.h"

#if TQ_X86
/* Bits are 1 where sums are not above their threshold in lanes.whole[0]; where a channel is flipped, above it. */
TQ_AVX2 static inline void tq_x86_write_signs(const tq_x86_block *block) {
  const int32_t words = tq_bits_words(block->channels);
  int32_t *row = (int32_t *)block->output + block->position * words;

  for (int32_t p = 0; p < block->pixels; p++, row += words) {
    const uint32_t bits = tq_x86_greater(block->sums[p], block->lanes.whole[0]) ^ ~block->flip;
    tq_x86_put_bits(row, block->first, block->count, bits);
  }
}

TQ_AVX512 static inline void tq_x86_write_signs_avx512(const tq_x86_block *block) {
  const int32_t words = tq_bits_words(block->channels), first = block->first, count = block->count;
  const int32_t pixels = block->pixels, whole_word = count == 32 && first % 32 == 0;
  const __m512i low = _mm512_loadu_si512(block->lanes.whole[0]), high = _mm512_loadu_si512(block->lanes.whole[0] + 16);
  const uint32_t unflipped = ~block->flip;
  int32_t *row = (int32_t *)block->output + block->position * words;

  for (int32_t p = 0; p < pixels; p++, row += words) {
    const uint32_t bits = tq_x86_greater_avx512(block->sums[p], low, high) ^ unflipped;
    if (whole_word) {
      row[first / 32] = (int32_t)bits;
    } else {
      tq_x86_put_bits(row, first, count, bits);
    }
  }
}
#endif

#endif
