#include <string.h>

#include "tq_neon_gemm.h"
#include "tq_neon_sum.h"

static void lay_filter(const int8_t *weights, int32_t count, int32_t dot, int8_t *to) {
  if (dot) {
    for (; count >= 4; count -= 4, weights += 4, to += 16) memcpy(to, weights, 4);
  } else {
    for (; count >= 16; count -= 16, weights += 16, to += 64) memcpy(to, weights, 16);
  }
  if (count > 0) memcpy(to, weights, (size_t)count);
}

tq_gemm tq_neon_gemm_lay(const tq_scaling *scaling, int32_t channels, int32_t count, const int8_t *weights,
                         int32_t codes, int32_t zero_point, void *room) {
  const tq_scaling s = *scaling;
  const int32_t filters = (channels + 3) / 4 * 4, slots = (count + 15) / 16, dot = tq_neon_has_dot();
  int32_t *const add = room, *const level = add + filters;
  int32_t *const multiplier = level + filters, *const shift = multiplier + filters;
  int8_t *const panel = (int8_t *)(shift + filters);
  int32_t right = 1;

  if (count % 16 > 0 || channels % 4 > 0) memset(room, 0, (size_t)tq_gemm_laid(channels, count));
  for (int32_t o = 0; o < channels; o++, weights += count) {
    lay_filter(weights, count, dot, panel + o / 4 * 64 * slots + o % 4 * (dot ? 4 : 16));
    level[o] = s.levels ? s.levels[o] : 1;
    add[o] = (s.bias ? s.bias[o] : 0) - zero_point * tq_neon_sum_int8(weights, count) * level[o];
    multiplier[o] = s.multiplier[o];
    shift[o] = s.shift[o];
    right = right && shift[o] < 0;
  }
  return (tq_gemm){channels, filters, tq_gemm_steps(count), count > 16 * tq_gemm_steps(count), codes, dot, right,
                   s.zero_point, s.min, s.max, panel, add, level, multiplier, shift};
}
