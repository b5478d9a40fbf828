#include "tq_neon.h"
#include "tq_neon_table.h"

void tq_neon_table_widen(const int16_t *sums, int32_t lanes, int32_t first, int32_t *wide) {
#if TQ_NEON
  if (first) {
    for (int32_t lane = 0; lane < lanes; lane += 8) {
      const int16x8_t some = vld1q_s16(sums + lane);
      vst1q_s32(wide + lane, vmovl_s16(vget_low_s16(some)));
      vst1q_s32(wide + lane + 4, vmovl_high_s16(some));
    }
    return;
  }
  for (int32_t lane = 0; lane < lanes; lane += 8) {
    const int16x8_t some = vld1q_s16(sums + lane);
    vst1q_s32(wide + lane, vaddw_s16(vld1q_s32(wide + lane), vget_low_s16(some)));
    vst1q_s32(wide + lane + 4, vaddw_high_s16(vld1q_s32(wide + lane + 4), some));
  }
#else
  for (int32_t lane = 0; lane < lanes; lane++) wide[lane] = (first ? 0 : wide[lane]) + sums[lane];
#endif
}
