/* The sum of int8 numbers. */
#ifndef TQ_NEON_SUM_H
#define TQ_NEON_SUM_H

#include <stdint.h>

#include "tq_neon.h"

static inline int32_t tq_neon_sum_int8(const int8_t *x, int32_t count) {
  int32_t sum = 0, i = 0;
#if TQ_NEON
  int32x4_t sums = vdupq_n_s32(0);
  for (; i + 16 <= count; i += 16) sums = vpadalq_s16(sums, vpaddlq_s8(vld1q_s8(x + i)));
  sum = vaddvq_s32(sums);
#endif
  for (; i < count; i++) sum += x[i];
  return sum;
}

#endif
