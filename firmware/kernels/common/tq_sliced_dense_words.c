#include "tq_bits.h"
#include "tq_bits_words.h"
#include "tq_sliced_dense.h"

void tq_sliced_dense_words(const int32_t *x, int32_t x_levels, const int32_t *w, int32_t w_levels, int32_t channels,
                           int32_t count, int32_t *sums) {
  static const int32_t start = 0;
  const tq_bits_window window = {x, NULL, &start, 1, channels, x_levels, w_levels};
  const int32_t row = tq_bits_row(channels, w_levels);

  for (; count > 0; count--, w += row) *sums++ = tq_bits_sum(&window, w);
}
