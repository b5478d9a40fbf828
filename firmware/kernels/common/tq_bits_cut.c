#include "tq_bits.h"
#include "tq_bits_words.h"

void tq_bits_cut(const int32_t *plane, int32_t words, int32_t first, int32_t count, int32_t *cut) {
  const int32_t begin = first / TQ_WORD_BITS, shift = first % TQ_WORD_BITS, rest = count % TQ_WORD_BITS;
  const int32_t needed = tq_bits_words(count);

  for (int32_t i = 0; i < needed; i++) {
    uint32_t word = (uint32_t)plane[begin + i] >> shift;
    if (shift > 0 && begin + i + 1 < words) word |= (uint32_t)plane[begin + i + 1] << (TQ_WORD_BITS - shift);
    if (rest > 0 && i == needed - 1) word &= (1u << rest) - 1;
    cut[i] = (int32_t)word;
  }
}
