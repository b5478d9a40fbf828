#include "tq_bits.h"
#include "tq_sliced_depthwise.h"

#define SOME 32 /* taps at a time */

/* Places of the plane of signs `x_plane` that differ from `w_plane`. Of ternary rows plane 0 is where codes are minus,
 * plane 1 where they are minus or 0. */
static uint32_t sign_of(const int32_t *row, int32_t words, int32_t levels, int32_t plane) {
  if (levels != 3) return (uint32_t)row[plane * words];
  return (uint32_t)row[words] | (plane ? ~(uint32_t)row[0] : 0);
}

static void count_plane(const tq_sliced_taps *t, int32_t x_plane, int32_t w_plane, int32_t digit, uint32_t *counts) {
  const int32_t w_row = tq_bits_planes(t->w_levels) * t->words;
  const int32_t *w = t->filter + t->word;
  uint32_t products[SOME];

  for (int32_t tap = 0; tap < t->taps;) {
    int32_t count = 0;
    for (; count < SOME && tap < t->taps; tap++, w += w_row) {
      products[count++] = sign_of(t->seen[tap] + t->word, t->words, t->x_levels, x_plane) ^
                          sign_of(w, t->words, t->w_levels, w_plane);
    }
    tq_sliced_count(products, count, digit, counts);
  }
}

void tq_sliced_count_planes(const tq_sliced_taps *t, uint32_t *counts) {
  const int32_t x_planes = tq_bits_planes(t->x_levels), w_planes = tq_bits_planes(t->w_levels);

  tq_sliced_clear(counts, 0, t->digits);
  for (int32_t m = 0; m < x_planes; m++) {
    for (int32_t k = 0; k < w_planes; k++) {
      count_plane(t, m, k, (t->x_levels == 3 ? 0 : m) + (t->w_levels == 3 ? 0 : k), counts);
    }
  }
}
