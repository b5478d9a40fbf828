/* What output positions see of the input, as rows of taps in the order of filters. */
#ifndef TQ_MVE_WINDOWS_H
#define TQ_MVE_WINDOWS_H

#include "tinyq/tq_types.h"

/* Windows of one group of channels, position after position. */
typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  const int8_t *image;    /* from the group's first channel on */
  int32_t run;            /* bytes of neighbouring taps that are neighbours in the input, too */
  int32_t direct;         /* windows that are inside need no copy */
  int32_t wide, high;     /* what a window spans */
  const uint16_t *places; /* [taps] of a window's bytes, or NULL where runs are faster */
  int32_t oy, ox;         /* the next position */
  const int8_t *ready;    /* its window and some more, in the input, `step` apart */
  int32_t count, step;
} tq_mve_windows;

/* The first position's; places: room for one a tap, or NULL. */
tq_mve_windows tq_mve_windows_of(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                 uint16_t *places);

/* The next position's window, in the input, or copied to `line`; the count that is ready is 0. */
const int8_t *tq_mve_find_window(tq_mve_windows *windows, int8_t *line);

static inline const int8_t *tq_mve_next_window(tq_mve_windows *windows, int8_t *line) {
  const int8_t *const window = windows->ready;

  if (windows->count == 0) return tq_mve_find_window(windows, line);
  windows->count--;
  windows->ready += windows->step;
  return window;
}

#endif
