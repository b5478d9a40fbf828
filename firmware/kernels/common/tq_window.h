/* Where a filter meets the input. */
#ifndef TQ_WINDOW_H
#define TQ_WINDOW_H

#include <stdint.h>

/* Initializers of a struct's fields from the parameters of any convolution, which have the same ones. */
#define TQ_WINDOWS_OF(params)                                                      \
  .stride_h = (params)->stride_h, .stride_w = (params)->stride_w,                  \
  .dilation_h = (params)->dilation_h, .dilation_w = (params)->dilation_w,          \
  .pad_top = (params)->pad_top, .pad_left = (params)->pad_left

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

/* Where the first of these taps is; 0 if there is none. */
static inline int32_t tq_first_inside(tq_range taps, int32_t origin, int32_t dilation) {
  return taps.begin < taps.end ? origin + taps.begin * dilation : 0;
}

/* The step from a tap to the next one, as far as both can be inside: so its product with the size of what it
 * skips is no more than the input. */
static inline int32_t tq_step_inside(int32_t dilation, int32_t size) { return dilation < size ? dilation : size; }

#endif
