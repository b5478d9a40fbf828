/* Writers of tq_x86_conv_bits for a packed output of two codes, with one threshold a channel. */
#ifndef TQ_X86_SIGNS_H
#define TQ_X86_SIGNS_H

#include "tq_bits.h"
#include "tq_x86_bits.h"
#include "tq_x86_lanes.h"

#if TQ_X86
/* Bits are 1 where sums are not above their threshold in lanes.whole[0]; where a channel is flipped, above it. What
 * does not change is read once: outputs might be it, for all that compilers know. */
TQ_AVX2 static inline void tq_x86_write_signs(const tq_x86_block *block) {
  const int32_t words = tq_bits_words(block->channels), first = block->first, count = block->count;
  const int32_t *const from = block->lanes.whole[0];
  const __m256i thresholds[4] = {tq_x86_load(from), tq_x86_load(from + 8), tq_x86_load(from + 16),
                                 tq_x86_load(from + 24)};
  const int32_t pixels = block->pixels;
  const uint32_t unflipped = ~block->flip;
  int32_t *row = (int32_t *)block->output + block->position * words;

  for (int32_t p = 0; p < pixels; p++, row += words) {
    tq_x86_put_bits(row, first, count, tq_x86_greater(block->sums[p], thresholds) ^ unflipped);
  }
}

TQ_AVX512 static inline void tq_x86_write_signs_avx512(const tq_x86_block *block) {
  const int32_t words = tq_bits_words(block->channels), first = block->first, count = block->count;
  const int32_t *const from = block->lanes.whole[0];
  const __m512i low = _mm512_loadu_si512(from), high = _mm512_loadu_si512(from + 16);
  const int32_t pixels = block->pixels;
  const uint32_t unflipped = ~block->flip;
  int32_t *row = (int32_t *)block->output + block->position * words;

  for (int32_t p = 0; p < pixels; p++, row += words) {
    tq_x86_put_bits(row, first, count, tq_x86_greater_avx512(block->sums[p], low, high) ^ unflipped);
  }
}
#endif

#endif
