#include "tq_bits.h"
#include "tq_sliced.h"

int tq_sliced_only_signs(const tq_sliced *layer) {
  const tq_dims in = layer->dims->input;
  const int32_t words = tq_bits_words(in.c), size = 2 * words, rows = in.n * in.h * in.w;

  for (int32_t word = 0; word < words; word++) {
    const int32_t channels = in.c - word * TQ_WORD_BITS;
    const uint32_t all = channels < TQ_WORD_BITS ? (1u << channels) - 1 : UINT32_MAX;
    const int32_t *at = layer->input + word;
    uint32_t there = all;
    for (int32_t i = rows / 4; i > 0; i--, at += 4 * size) {
      there &= (uint32_t)(at[0] & at[size] & at[2 * size] & at[3 * size]);
    }
    for (int32_t i = rows % 4; i > 0; i--, at += size) there &= (uint32_t)*at;
    if (there != all) return 0;
  }
  return 1;
}
