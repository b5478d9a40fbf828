#include "tq_mve_few.h"

static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

/* Some taps of row `y` of a look-up from column `x` on, of which its own ones are `left`. */
static tq_mve_few_taps taps_of(const tq_mve_few *few, int32_t y, int32_t x, int32_t left) {
  const tq_mve_few_plan plan = few->plan;
  const int32_t channels = few->layer->dims->filter.c, column = x % plan.columns;
  tq_mve_few_taps taps = {.to = x / plan.columns * few->list, .first = y == 0 && column == 0};
  uint32_t apart = (uint32_t)(TQ_MVE_FEW_LANES * plan.lookups) << (y * plan.columns + column) * channels;

  for (int32_t k = 0; k < 3; k++, apart <<= channels) { /* those that are not there: the first one, and nothing of it */
    taps.taps[k] = (k < left ? x + k : x) * few->layer->dilation_w;
    taps.apart[k] = k < left ? apart : 0;
  }
  return taps;
}

void tq_mve_few_set_taps(tq_mve_few *few) {
  const tq_mve_few_plan plan = few->plan;
  const int32_t width = few->layer->dims->filter.w;
  tq_mve_few_taps *to = few->taps;

  for (int32_t y = 0; y < plan.rows; y++) {
    for (int32_t x = 0; x < width; x += plan.columns) {
      const int32_t columns = smaller(plan.columns, width - x);
      for (int32_t k = 0; k < columns; k += 3) *to++ = taps_of(few, y, x + k, columns - k);
    }
  }
  few->steps = (int32_t)(to - few->taps) / plan.rows;
}
