#include "tq_mve_lines.h"
#include "tq_mve_lines_rows.h"

static int32_t code_of(int32_t bits, int32_t levels) {
  if (levels == 3) return (bits & 1) * (1 - (bits & 2));
  return levels == 2 ? 1 - 2 * (bits & 1) : 3 - 2 * bits;
}

void tq_mve_lines_set_rows(tq_mve_lines *l) {
  const int32_t x_levels = l->layer->x_levels, w_levels = l->layer->w_levels, half = l->sizes.together / 2;
  const int32_t peaks = tq_sliced_peaks(x_levels, w_levels), divisor = tq_sliced_divisors(x_levels, w_levels);

  for (int32_t w = 0; w < 4; w++) {
    for (int32_t x = 0; x < 4; x++) {
      const int32_t product = code_of(x, x_levels) * code_of(w, w_levels);
      l->of_tap[w][x] = (uint8_t)((peaks - divisor * product) / 2);
    }
  }
  for (int32_t w = 0; w < 1 << half * l->w_planes; w++) {
    tq_sixteen_store(tq_mve_lines_row(l, w, half), l->rows + 16 * w);
  }
}
