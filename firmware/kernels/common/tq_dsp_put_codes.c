#include "tq_dsp_conv_2d.h"

static inline void put(const int8_t *a, const int8_t *b, int32_t quads, int in_order, uint32_t *words,
                       int32_t *sums) {
  const uint32_t ones = 0x00010001u, top = 0xc000c000u; /* the low two bits of a code, moved up */
  int32_t sum_a = sums[0], sum_b = sums[1];

  for (; quads > 0; quads--, a += 4, b += 4, words += 8) {
    const uint32_t loaded_a = tq_load_word(a), loaded_b = tq_load_word(b);
    const uint32_t bytes_a = in_order ? tq_swap_middle(loaded_a) : loaded_a;
    const uint32_t bytes_b = in_order ? tq_swap_middle(loaded_b) : loaded_b;
    const uint32_t even = tq_even_bytes(bytes_a), odd = tq_odd_bytes(bytes_a);
    sum_a = tq_smlad(even, ones, tq_smlad(odd, ones, sum_a));
    sum_b = tq_smlad(tq_even_bytes(bytes_b), ones, tq_smlad(tq_odd_bytes(bytes_b), ones, sum_b));
    words[0] = tq_add_lanes(even, bytes_b << 14 & top);
    words[4] = tq_add_lanes(odd, bytes_b << 6 & top);
  }
  sums[0] = sum_a;
  sums[1] = sum_b;
}

void tq_dsp_put_codes(const int8_t *a, const int8_t *b, int32_t quads, int in_order, uint32_t *words,
                      int32_t *sums) {
  if (in_order) {
    put(a, b, quads, 1, words, sums);
  } else {
    put(a, b, quads, 0, words, sums);
  }
}
