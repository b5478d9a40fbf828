/* float -> nearest integer. */
#ifndef TQ_ROUNDED_H
#define TQ_ROUNDED_H

#include <stdint.h>

/* Ties away from zero, as roundf, but without libm; |x| is small. (Adding 0.5 and truncating would be wrong
 * for the largest float below 0.5.) */
static inline int32_t tq_rounded(float x) {
  const int32_t whole = (int32_t)x;
  const float rest = x - (float)whole;
  return rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
}

#endif
