#include "tq_dsp_conv_2d.h"

#define ONES 0x00010001u

int32_t tq_dsp_put_int8(const int8_t *weights, int32_t pairs, int in_order, uint32_t *words) {
  int32_t sum = 0;

  for (; pairs > 1; pairs -= 2, weights += 4, words += 8) {
    const uint32_t loaded = tq_load_word(weights);
    const uint32_t bytes = in_order ? tq_swap_middle(loaded) : loaded;
    words[0] = tq_even_bytes(bytes);
    words[4] = tq_odd_bytes(bytes);
    sum = tq_smlad(words[0], ONES, tq_smlad(words[4], ONES, sum));
  }
  if (pairs > 0) { /* in order */
    words[0] = tq_lanes(weights[0], weights[1]);
    sum = tq_smlad(words[0], ONES, sum);
  }
  return sum;
}
