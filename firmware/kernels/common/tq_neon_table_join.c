#include "tq_neon.h"
#include "tq_neon_table.h"

void tq_neon_table_join(const int8_t *table, const int16_t *sums, int32_t apart, int32_t lanes, int32_t *wide) {
  const int32_t a = table[3] + table[2], b = table[3] - table[2]; /* twice the factors */
#if TQ_NEON
  for (int32_t lane = 0; sums && lane < lanes; lane += 8) {
    const int16x8_t first = vld1q_s16(sums + lane), second = vld1q_s16(sums + apart + lane);
    const int32x4_t low = vmull_n_s16(vget_low_s16(first), (int16_t)a), high = vmull_high_n_s16(first, (int16_t)a);
    vst1q_s32(wide + lane, vshrq_n_s32(vmlal_n_s16(low, vget_low_s16(second), (int16_t)b), 1));
    vst1q_s32(wide + lane + 4, vshrq_n_s32(vmlal_high_n_s16(high, second, (int16_t)b), 1));
  }
  for (int32_t lane = 0; !sums && lane < lanes; lane += 4) {
    const int32x4_t first = vmulq_n_s32(vld1q_s32(wide + lane), a);
    vst1q_s32(wide + lane, vshrq_n_s32(vmlaq_n_s32(first, vld1q_s32(wide + apart + lane), b), 1));
  }
#else
  for (int32_t lane = 0; lane < lanes; lane++) {
    const int32_t first = sums ? sums[lane] : wide[lane], second = sums ? sums[apart + lane] : wide[apart + lane];
    wide[lane] = (first * a + second * b) / 2;
  }
#endif
}
