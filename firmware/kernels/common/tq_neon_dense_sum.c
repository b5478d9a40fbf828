#include "tq_neon.h"
#include "tq_neon_dense.h"

#if TQ_NEON

#define STEPS 64 /* of 16: |sum of two weights| <= 254 */

/* `steps` steps at most; sums: of x * weight and of weights. */
static inline void add(const int8_t *x, const int8_t *w, int32_t steps, int32x4_t sums[2]) {
  int16x8_t total = vdupq_n_s16(0);

  for (; steps > 0; steps--, x += 16, w += 16) {
    const int8x16_t seen = vld1q_s8(x), weight = vld1q_s8(w);
    const int16x8_t low = vmull_s8(vget_low_s8(seen), vget_low_s8(weight));
    sums[0] = vpadalq_s16(sums[0], vmlal_high_s8(low, seen, weight));
    total = vpadalq_s8(total, weight);
  }
  sums[1] = vpadalq_s16(sums[1], total);
}

int32_t tq_neon_dense_sum(const int8_t *x, const int8_t *weights, int32_t count, int32_t zero_point) {
  int32x4_t sums[2] = {vdupq_n_s32(0), vdupq_n_s32(0)};
  int32_t sum, i = 0;

  while (count - i >= 16) {
    const int32_t left = (count - i) / 16, steps = left < STEPS ? left : STEPS;
    add(x + i, weights + i, steps, sums);
    i += 16 * steps;
  }
  sum = vaddvq_s32(sums[0]) - zero_point * vaddvq_s32(sums[1]);
  for (; i < count; i++) sum += (x[i] - zero_point) * weights[i];
  return sum;
}

#else

int32_t tq_neon_dense_sum(const int8_t *x, const int8_t *weights, int32_t count, int32_t zero_point) {
  int32_t sum = 0;

  for (int32_t i = 0; i < count; i++) sum += (x[i] - zero_point) * weights[i];
  return sum;
}

#endif
