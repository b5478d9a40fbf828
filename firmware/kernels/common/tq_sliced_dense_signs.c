#include "tq_bits.h"
#include "tq_sliced_dense.h"
#include "tq_sliced_ones.h"

void tq_sliced_dense_signs(const int32_t *x, int32_t x_levels, const int32_t *w, int32_t w_levels, int32_t channels,
                           int32_t count, int32_t *sums) {
  const int32_t words = tq_bits_words(channels);

  (void)x_levels;
  (void)w_levels;
  for (; count > 0; count--, w += words) *sums++ = channels - 2 * (int32_t)tq_sliced_differing(x, w, words);
}
