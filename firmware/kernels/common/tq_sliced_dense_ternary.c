#include "tq_bits.h"
#include "tq_sliced_dense.h"
#include "tq_sliced_ones.h"

void tq_sliced_dense_ternary(const int32_t *x, int32_t x_levels, const int32_t *w, int32_t w_levels, int32_t channels,
                             int32_t count, int32_t *sums) {
  const int32_t words = tq_bits_words(channels), row = tq_bits_row(channels, w_levels);
  const int32_t x_signs = x_levels == 3 ? words : 0, w_signs = w_levels == 3 ? words : 0;

  for (; count > 0; count--, w += row) {
    const int32_t *const x_mask = x_levels == 3 ? x : w, *const w_mask = w_levels == 3 ? w : x;
    *sums++ = (int32_t)tq_sliced_products(x + x_signs, w + w_signs, x_mask, w_mask, words);
  }
}
