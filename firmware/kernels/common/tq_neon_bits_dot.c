#include "tq_bits.h"
#include "tq_bits_words.h"
#include "tq_neon.h"
#include "tq_neon_bits_dense.h"

/* Ones of (a ^ b) & c & d of so many words; b, c, d may be NULL, and are then not there. */
TQ_INLINE uint32_t ones_of(const int32_t *a, const int32_t *b, const int32_t *c, const int32_t *d, int32_t words) {
  uint32_t ones = 0;
  int32_t i = 0;

#if TQ_NEON
  while (words - i >= 4) {
    const int32_t left = (words - i) / 4, end = i + 4 * (left < 4000 ? left : 4000); /* 16 a step and lane of 16 bits */
    uint16x8_t sums = vdupq_n_u16(0);
    for (; i < end; i += 4) {
      int32x4_t some = vld1q_s32(a + i);
      if (b) some = veorq_s32(some, vld1q_s32(b + i));
      if (c) some = vandq_s32(some, vld1q_s32(c + i));
      if (d) some = vandq_s32(some, vld1q_s32(d + i));
      sums = vpadalq_u8(sums, vcntq_u8(vreinterpretq_u8_s32(some)));
    }
    ones += vaddlvq_u16(sums);
  }
#endif
  for (; i < words; i++) {
    const uint32_t some = (uint32_t)a[i] ^ (b ? (uint32_t)b[i] : 0);
    ones += tq_ones(some & (c ? (uint32_t)c[i] : UINT32_MAX) & (d ? (uint32_t)d[i] : UINT32_MAX));
  }
  return ones;
}

/* A row of `planes` planes of signs times a ternary one. Unsigned: parts may leave int32_t, wholes do not. */
static uint32_t signs_by_ternary(const int32_t *signs, int32_t planes, const int32_t *ternary, int32_t words) {
  const uint32_t all = ones_of(ternary, NULL, NULL, NULL, words);
  uint32_t sum = 0;

  for (int32_t m = 0; m < planes; m++) {
    sum += (all - 2 * ones_of(signs + m * words, ternary + words, ternary, NULL, words)) << m;
  }
  return sum;
}

int32_t tq_neon_bits_dot(const int32_t *x, const int32_t *w, int32_t channels, int32_t x_levels, int32_t w_levels) {
  const int32_t words = tq_bits_words(channels);
  const int32_t x_planes = tq_bits_planes(x_levels), w_planes = tq_bits_planes(w_levels);
  uint32_t sum = (uint32_t)channels * ((1u << x_planes) - 1) * ((1u << w_planes) - 1);

  if (x_levels == 3 && w_levels == 3) {
    sum = ones_of(x, NULL, w, NULL, words) - 2 * ones_of(x + words, w + words, x, w, words);
  } else if (w_levels == 3) {
    sum = signs_by_ternary(x, x_planes, w, words);
  } else if (x_levels == 3) {
    sum = signs_by_ternary(w, w_planes, x, words);
  } else {
    for (int32_t i = 0; i < x_planes * w_planes; i++) {
      const int32_t m = i / w_planes, k = i % w_planes;
      sum -= ones_of(x + m * words, w + k * words, NULL, NULL, words) << (m + k + 1);
    }
  }
  return (int32_t)sum;
}
