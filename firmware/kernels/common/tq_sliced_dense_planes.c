#include "tq_bits.h"
#include "tq_sliced_dense.h"
#include "tq_sliced_ones.h"

void tq_sliced_dense_planes(const int32_t *x, int32_t x_levels, const int32_t *w, int32_t w_levels, int32_t channels,
                            int32_t count, int32_t *sums) {
  const int32_t words = tq_bits_words(channels);
  const int32_t x_planes = tq_bits_planes(x_levels), w_planes = tq_bits_planes(w_levels);
  const uint32_t largest = (uint32_t)channels * (uint32_t)(x_levels - 1) * (uint32_t)(w_levels - 1);

  for (; count > 0; count--) {
    uint32_t sum = 0;
    for (int32_t k = 0; k < w_planes; k++, w += words) {
      for (int32_t m = 0; m < x_planes; m++) sum += tq_sliced_differing(x + m * words, w, words) << (m + k);
    }
    *sums++ = (int32_t)(largest - 2 * sum);
  }
}
