#include <string.h>

#include "tq_neon_gemm.h"
#include "tq_neon_sum.h"

void tq_neon_gemm_filters(const int8_t *weights, int32_t filters, int32_t count, tq_gemm_size size, int8_t *panel,
                          int32_t *totals) {
  memset(panel, 0, (size_t)(16 * size.steps * size.filters));
  for (int32_t o = 0; o < filters; o++, weights += count) {
    int8_t *const block = panel + o / 4 * 64 * size.steps;
    totals[o] = tq_neon_sum_int8(weights, count);
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
