/* Ternary outputs that are signs: thresholds of a channel are one. */
#ifndef TQ_NEVER_BETWEEN_H
#define TQ_NEVER_BETWEEN_H

#include <stdint.h>

/* Signs, for a layer that pads with 0, are ternary, and never between. */
static inline int tq_never_between(const int32_t *thresholds, int32_t channels) {
  for (; channels > 0; channels--, thresholds += 2) {
    if (thresholds[0] != thresholds[1]) return 0;
  }
  return 1;
}

#endif
