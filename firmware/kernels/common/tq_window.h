/* Where a filter meets the input. */
#ifndef TQ_WINDOW_H
#define TQ_WINDOW_H

#include <stdint.h>

/* Taps [begin, end), begin <= end. */
typedef struct {
  int32_t begin, end;
} tq_range;

/* The taps t < taps for which origin + t * dilation is in [0, size). */
static inline tq_range tq_taps_inside(int32_t origin, int32_t dilation, int32_t taps, int32_t size) {
  tq_range range = {0, taps};
  int32_t last = origin + (taps - 1) * dilation;
  for (; origin < 0 && range.begin < taps; origin += dilation) range.begin++;
  for (; last >= size && range.end > range.begin; last -= dilation) range.end--;
  return range;
}

#endif
