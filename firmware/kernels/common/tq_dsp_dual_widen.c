#include "tq_dsp_dual.h"

/* Four inputs; adds them to sum. */
static inline int32_t two_words(uint32_t bytes, uint32_t *words, int32_t sum) {
  const uint32_t even = tq_even_bytes(bytes), odd = tq_odd_bytes(bytes);

  words[0] = even;
  words[1] = odd;
  return tq_smlad(odd, 0x00010001u, tq_smlad(even, 0x00010001u, sum));
}

int32_t tq_dsp_dual_widen(const tq_dsp_dual_scheme *scheme, const int8_t *input, int32_t c_in, uint32_t *words,
                          tq_dsp_dual_x *x) {
  const int32_t of_weights = (c_in + scheme->inputs - 1) / scheme->inputs;
  int32_t count = (of_weights - 1) % scheme->block + 1, total = 0; /* the first block may be a short one */
  int32_t left = c_in;

  x->words = words;
  for (int32_t done = 0; done < of_weights; done += count, count = scheme->block) {
    uint32_t *const begin = words++, *const end = words + count * (scheme->inputs / 2);
    int32_t sum = 0;
    const int32_t room = count * scheme->inputs, eights = (left < room ? left : room) / 8;
    left -= 8 * eights;
    for (const uint32_t *const whole = words + 4 * eights; words != whole; words += 4, input += 8) {
      sum = two_words(tq_load_word(input), words, sum);
      sum = two_words(tq_load_word(input + 4), words + 2, sum);
    }
    for (; words != end; words += 2) { /* at the end of the last block: the rest, and zeros */
      int8_t some[4] = {0, 0, 0, 0};
      for (int32_t i = 0; i < 4 && left > 0; i++, left--) sum += some[i] = *input++;
      two_words(tq_load_word(some), words, 0);
    }
    *begin = 8192u + (8192u << 14) - (uint32_t)(scheme->per_input == 0 ? sum : 0);
    total += sum;
    if (done == 0) x->first_end = words;
  }
  x->end = words;
  return total;
}
