#include "tq_dsp_conv_2d.h"

#define ONES 0x00010001u
#define TOP 0xc000c000u /* the low two bits of a code, moved up */

static inline void put(const int8_t *a, const int8_t *b, int32_t pairs, int in_order, uint32_t *words,
                       int32_t *sums) {
  int32_t sum_a = sums[0], sum_b = sums[1];

  for (; pairs > 1; pairs -= 2, a += 4, b += 4, words += 8) {
    const uint32_t loaded_a = tq_load_word(a), loaded_b = tq_load_word(b);
    const uint32_t bytes_a = in_order ? tq_swap_middle(loaded_a) : loaded_a;
    const uint32_t bytes_b = in_order ? tq_swap_middle(loaded_b) : loaded_b;
    const uint32_t even = tq_even_bytes(bytes_a), odd = tq_odd_bytes(bytes_a);
    sum_a = tq_smlad(even, ONES, tq_smlad(odd, ONES, sum_a));
    sum_b = tq_smlad(tq_even_bytes(bytes_b), ONES, tq_smlad(tq_odd_bytes(bytes_b), ONES, sum_b));
    words[0] = tq_add_lanes(even, bytes_b << 14 & TOP);
    words[4] = tq_add_lanes(odd, bytes_b << 6 & TOP);
  }
  if (in_order && pairs > 0) {
    const uint32_t last_a = tq_lanes(a[0], a[1]), last_b = tq_lanes(b[0], b[1]);
    sum_a = tq_smlad(last_a, ONES, sum_a);
    sum_b = tq_smlad(last_b, ONES, sum_b);
    words[0] = tq_add_lanes(last_a, last_b << 14 & TOP);
  }
  sums[0] = sum_a;
  sums[1] = sum_b;
}

void tq_dsp_put_codes(const int8_t *a, const int8_t *b, int32_t pairs, int in_order, uint32_t *words,
                      int32_t *sums) {
  if (in_order) {
    put(a, b, pairs, 1, words, sums);
  } else {
    put(a, b, pairs, 0, words, sums);
  }
}
