#include <string.h>

#include "tq_neon.h"
#include "tq_neon_gemm.h"

static int32_t sum_of(const int8_t *weights, int32_t count) {
  int32_t sum = 0, i = 0;
#if TQ_NEON
  int32x4_t sums = vdupq_n_s32(0);
  for (; i + 16 <= count; i += 16) sums = vpadalq_s16(sums, vpaddlq_s8(vld1q_s8(weights + i)));
  sum = vaddvq_s32(sums);
#endif
  for (; i < count; i++) sum += weights[i];
  return sum;
}

void tq_neon_gemm_filters(const int8_t *weights, int32_t filters, int32_t count, tq_gemm_size size, int8_t *panel,
                          int32_t *totals) {
  memset(panel, 0, (size_t)(16 * size.steps * size.filters));
  for (int32_t o = 0; o < filters; o++, weights += count) {
    int8_t *const block = panel + o / 4 * 64 * size.steps;
    totals[o] = sum_of(weights, count);
    if (size.dot) {
      int8_t *to = block + o % 4 * 4;
      for (int32_t i = 0; i + 4 <= count; i += 4, to += 16) memcpy(to, weights + i, 4);
      memcpy(to, weights + count / 4 * 4, (size_t)(count % 4));
    } else {
      int8_t *to = block + o % 4 * 16;
      for (int32_t i = 0; i + 16 <= count; i += 16, to += 64) memcpy(to, weights + i, 16);
      memcpy(to, weights + count / 16 * 16, (size_t)(count % 16));
    }
  }
}
