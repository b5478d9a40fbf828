#include "tq_bits.h"
#include "tq_bits_words.h"

/* Sums are unsigned: they wrap where a part is out of int32_t, and the whole is right. */

/* Rows of signs, x_planes and w_planes of them: 2^(m + k) for each two bits that differ. */
static inline uint32_t differing(const int32_t *x, int32_t x_planes, const int32_t *w, int32_t w_planes,
                                 int32_t words) {
  uint32_t sum = 0;

  for (int32_t m = 0; m < x_planes; m++, x += words) {
    for (int32_t k = 0; k < w_planes; k++) {
      uint32_t ones = 0;
      for (int32_t i = 0; i < words; i++) ones += tq_ones((uint32_t)x[i] ^ (uint32_t)w[k * words + i]);
      sum += ones << (m + k);
    }
  }
  return sum;
}

/* A row of signs times a ternary row. */
static inline uint32_t signs_by_ternary(const int32_t *signs, int32_t planes, const int32_t *ternary,
                                        int32_t words) {
  uint32_t sum = 0;

  for (int32_t m = 0; m < planes; m++, signs += words) {
    uint32_t ones = 0, unequal = 0;
    for (int32_t i = 0; i < words; i++) {
      const uint32_t not_zero = (uint32_t)ternary[i];
      ones += tq_ones(not_zero);
      unequal += tq_ones(((uint32_t)signs[i] ^ (uint32_t)ternary[words + i]) & not_zero);
    }
    sum += (ones - 2 * unequal) << m;
  }
  return sum;
}

static inline uint32_t ternary_by_ternary(const int32_t *x, const int32_t *w, int32_t words) {
  uint32_t ones = 0, unequal = 0;

  for (int32_t i = 0; i < words; i++) {
    const uint32_t not_zero = (uint32_t)x[i] & (uint32_t)w[i];
    ones += tq_ones(not_zero);
    unequal += tq_ones(((uint32_t)x[words + i] ^ (uint32_t)w[words + i]) & not_zero);
  }
  return ones - 2 * unequal;
}

/* All bits equal, less twice what differs; planes are constants where they are inlined. */
static inline uint32_t signs_by_signs(const tq_bits_window *window, const int32_t *filter, int32_t x_planes,
                                      int32_t w_planes) {
  const int32_t words = tq_bits_words(window->channels);
  const uint32_t peak = ((1u << x_planes) - 1) * ((1u << w_planes) - 1);
  uint32_t sum = 0;

  for (int32_t tap = 0; tap < window->taps; tap++, filter += w_planes * words) {
    sum += differing(tq_bits_row_of(window, tap), x_planes, filter, w_planes, words);
  }
  return (uint32_t)window->taps * (uint32_t)window->channels * peak - 2 * sum;
}

int32_t tq_bits_sum(const tq_bits_window *window, const int32_t *filter) {
  const int32_t words = tq_bits_words(window->channels);
  const int32_t x_planes = tq_bits_planes(window->x_levels), w_planes = tq_bits_planes(window->w_levels);
  uint32_t sum = 0;

  if (x_planes == 1 && w_planes == 1) return (int32_t)signs_by_signs(window, filter, 1, 1);
  if (window->x_levels != 3 && window->w_levels != 3) {
    return (int32_t)signs_by_signs(window, filter, x_planes, w_planes);
  }
  for (int32_t tap = 0; tap < window->taps; tap++, filter += w_planes * words) {
    const int32_t *const row = tq_bits_row_of(window, tap);
    if (window->x_levels != 3) {
      sum += signs_by_ternary(row, x_planes, filter, words);
    } else if (window->w_levels != 3) {
      sum += signs_by_ternary(filter, w_planes, row, words);
    } else {
      sum += ternary_by_ternary(row, filter, words);
    }
  }
  return (int32_t)sum;
}
