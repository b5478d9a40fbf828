#include "tq_dsp_conv_2d.h"

int32_t tq_dsp_put_int8(const int8_t *weights, int32_t quads, int in_order, uint32_t *words) {
  int32_t sum = 0;

  for (; quads > 0; quads--, weights += 4, words += 8) {
    const uint32_t loaded = tq_load_word(weights);
    const uint32_t bytes = in_order ? tq_swap_middle(loaded) : loaded;
    words[0] = tq_even_bytes(bytes);
    words[4] = tq_odd_bytes(bytes);
    sum = tq_smlad(words[0], 0x00010001u, tq_smlad(words[4], 0x00010001u, sum));
  }
  return sum;
}
