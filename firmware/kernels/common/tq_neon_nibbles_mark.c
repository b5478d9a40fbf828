#include "tq_neon_nibbles.h"

#if TQ_NEON

/* 16 lanes that are less than a limit -> 1 bit of each byte of marks. */
TQ_INLINE uint8x16_t mark(int32_t narrow, const tq_nibbles *l, int32_t at, uint16_t limit, uint8x16_t bit,
                          uint8x16_t marks) {
  uint8x16_t below;

  if (narrow) {
    below = vcltq_u8(vld1q_u8(l->narrow + at), vdupq_n_u8((uint8_t)limit));
  } else {
    const uint16x8_t all = vdupq_n_u16(limit);
    below = vuzp1q_u8(vreinterpretq_u8_u16(vcltq_u16(vld1q_u16(l->wide + at), all)),
                      vreinterpretq_u8_u16(vcltq_u16(vld1q_u16(l->wide + at + 8), all)));
  }
  return vbslq_u8(bit, below, marks);
}

/* By one threshold; `narrow` is a constant. */
TQ_INLINE void mark_all(int32_t narrow, const tq_nibbles *l, const uint16_t *limits, int32_t half, uint8_t *marks) {
  uint8x16_t four[4], bit = vdupq_n_u8(half ? 16 : 1);

#pragma GCC unroll 4
  for (int32_t k = 0; k < 4; k++) four[k] = half ? vld1q_u8(marks + 16 * k) : vdupq_n_u8(0);
#pragma GCC unroll 4
  for (int32_t o = 0; o < 4; o++) {
#pragma GCC unroll 4
    for (int32_t k = 0; k < 4; k++) four[k] = mark(narrow, l, o * TQ_NIBBLES_LANES + 16 * k, limits[o], bit, four[k]);
    bit = vaddq_u8(bit, bit);
  }
#pragma GCC unroll 4
  for (int32_t k = 0; k < 4; k++) vst1q_u8(marks + 16 * k, four[k]);
}

#else

static void mark_all(int32_t narrow, const tq_nibbles *l, const uint16_t *limits, int32_t half, uint8_t *marks) {
  if (!half) memset(marks, 0, TQ_NIBBLES_LANES);
  for (int32_t i = 0; i < 4 * TQ_NIBBLES_LANES; i++) {
    const int32_t o = i / TQ_NIBBLES_LANES, d = narrow ? l->narrow[i] : l->wide[i];
    uint8_t *const at = marks + i % TQ_NIBBLES_LANES;
    *at = (uint8_t)(*at | (d < limits[o]) << (4 * half + o));
  }
}

#endif

void tq_neon_nibbles_mark(const tq_nibbles *l, int32_t first, int32_t lane) {
  const int32_t apart = tq_nibbles_up(l->dims->filter.n, 8), half = first / 4 % 2;
  const uint16_t *limits = l->limits + first;
  uint8_t *marks = l->marks + first / 8 * l->lanes + lane;

  for (int32_t i = 1; i < l->params->output.levels; i++, limits += apart, marks += apart / 8 * l->lanes) {
    if (tq_nibbles_is_narrow(l)) {
      mark_all(1, l, limits, half, marks);
    } else {
      mark_all(0, l, limits, half, marks);
    }
  }
}
