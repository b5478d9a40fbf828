#include "tq_neon_nibbles.h"

void tq_neon_nibbles_put_sums(const tq_nibbles *l, tq_neon_store_row *store, int32_t lane, int32_t count, int32_t row,
                              void *output) {
  const int32_t n = l->dims->filter.n, apart = 4 * l->lanes;

  for (const uint16_t *at = l->counts + 4 * lane; count > 0; count--, at += 4) {
    const uint16_t *d = at;
    for (int32_t o = 0; o < n; o += 4, d += apart) {
#if TQ_NEON
      const int32x4_t wide = vreinterpretq_s32_u32(vmovl_u16(vld1_u16(d)));
      vst1q_s32(l->sums + o, vmlsq_n_s32(vdupq_n_s32(l->largest), wide, l->divisor));
#else
      for (int32_t i = 0; i < 4; i++) l->sums[o + i] = l->largest - l->divisor * d[i];
#endif
    }
    store(&l->store, l->sums, row++, output);
  }
}
