#include "tq_neon_nibbles.h"

void tq_neon_nibbles_keep(const uint16_t *wide, uint16_t *counts) {
#if TQ_NEON
  for (int32_t i = 0; i < TQ_NIBBLES_LANES; i += 8) {
    const uint16_t *const at = wide + i;
    const uint16x8x4_t four = {{vld1q_u16(at), vld1q_u16(at + TQ_NIBBLES_LANES), vld1q_u16(at + 2 * TQ_NIBBLES_LANES),
                                vld1q_u16(at + 3 * TQ_NIBBLES_LANES)}};
    vst4q_u16(counts + 4 * i, four);
  }
#else
  for (int32_t i = 0; i < 4 * TQ_NIBBLES_LANES; i++) counts[i] = wide[i % 4 * TQ_NIBBLES_LANES + i / 4];
#endif
}
