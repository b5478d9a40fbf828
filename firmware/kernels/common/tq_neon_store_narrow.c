#include "tq_bits.h"
#include "tq_neon_bits.h"
#include "tq_quantize_planes.h"

#if TQ_NEON

/* Where 32 sums exceed thresholds, one bit of a byte each: of each two neighbouring bytes, the sum. */
TQ_INLINE uint8x16_t exceeded(const int16_t *sums, const int16_t *thresholds) {
  const uint8x16_t place = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u));
  uint8x16_t marked[2];

#pragma GCC unroll 2
  for (int32_t i = 0; i < 2; i++) {
    const uint16x8_t low = vcgtq_s16(vld1q_s16(sums + 16 * i), vld1q_s16(thresholds + 16 * i));
    const uint16x8_t high = vcgtq_s16(vld1q_s16(sums + 16 * i + 8), vld1q_s16(thresholds + 16 * i + 8));
    marked[i] = vandq_u8(vuzp1q_u8(vreinterpretq_u8_u16(low), vreinterpretq_u8_u16(high)), place);
  }
  return vpaddq_u8(marked[0], marked[1]);
}

/* Words of `levels` - 1 thresholds. */
TQ_INLINE void exceeded_words(const int16_t *sums, const int16_t *thresholds, int32_t apart, int32_t levels,
                              uint32_t above[3]) {
  const uint8x16_t first = exceeded(sums, thresholds);
  const uint8x16_t second = levels > 2 ? exceeded(sums, thresholds + apart) : first;
  const uint8x16_t third = levels > 3 ? exceeded(sums, thresholds + 2 * apart) : second;
  const uint32x4_t ones = vreinterpretq_u32_u8(vpaddq_u8(vpaddq_u8(first, second), vpaddq_u8(third, third)));
  above[0] = vgetq_lane_u32(ones, 0), above[1] = vgetq_lane_u32(ones, 1), above[2] = vgetq_lane_u32(ones, 2);
}

#else

static inline void exceeded_words(const int16_t *sums, const int16_t *thresholds, int32_t apart, int32_t levels,
                                  uint32_t above[3]) {
  for (int32_t i = 0; i < levels - 1; i++, thresholds += apart) {
    above[i] = 0;
    for (int32_t c = 0; c < TQ_WORD_BITS; c++) above[i] |= (uint32_t)(sums[c] > thresholds[c]) << c;
  }
}

#endif

/* A word at a time: sums and thresholds behind the last channels are read, too. */
TQ_INLINE void words(const tq_bits_store *store, const int16_t *sums, int32_t levels, int32_t *output) {
  const int32_t apart = (store->channels + 7) / 8 * 8, plane = tq_bits_words(store->channels);
  const int16_t *thresholds = store->narrow;

  for (int32_t word = 0; word < plane; word++, sums += TQ_WORD_BITS, thresholds += TQ_WORD_BITS) {
    const int32_t rest = store->channels - word * TQ_WORD_BITS;
    const uint32_t there = rest < TQ_WORD_BITS ? (1u << rest) - 1 : UINT32_MAX;
    uint32_t above[3], codes[2];
    exceeded_words(sums, thresholds, apart, levels, above);
    tq_quantize_planes(above, levels, store->flip[word], codes);
    output[word] = (int32_t)(codes[0] & there);
    if (levels > 2) output[plane + word] = (int32_t)(codes[1] & there);
  }
}

void tq_neon_store_narrow(const tq_bits_store *store, const int32_t *sums, int32_t row, void *output) {
  int32_t *const to = (int32_t *)output + row * tq_bits_row(store->channels, store->how->levels);
  const int16_t *const narrow_sums = (const int16_t *)(const void *)sums;

  switch (store->how->levels) {
    case 2: words(store, narrow_sums, 2, to); break;
    case 3: words(store, narrow_sums, 3, to); break;
    default: words(store, narrow_sums, 4, to);
  }
}
