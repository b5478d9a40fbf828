#include <string.h>

#include "tq_bits.h"
#include "tq_bits_formulas.h"
#include "tq_neon_bits.h"
#include "tq_quantize_planes.h"

#if TQ_NEON

/* Where 32 sums exceed thresholds, one bit of a byte each: of each two neighbouring bytes, the sum. */
static inline uint8x16_t exceeded(const int32_t *sums, const int32_t *thresholds) {
  const uint8x16_t place = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u));
  uint16x8_t eight[4];
  uint8x16_t marked[2];

#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) {
    const uint32x4_t low = vcgtq_s32(vld1q_s32(sums + 8 * i), vld1q_s32(thresholds + 8 * i));
    const uint32x4_t high = vcgtq_s32(vld1q_s32(sums + 8 * i + 4), vld1q_s32(thresholds + 8 * i + 4));
    eight[i] = vuzp1q_u16(vreinterpretq_u16_u32(low), vreinterpretq_u16_u32(high));
  }
#pragma GCC unroll 2
  for (int32_t i = 0; i < 2; i++) {
    const uint16x8_t first = eight[2 * i], second = eight[2 * i + 1];
    marked[i] = vandq_u8(vuzp1q_u8(vreinterpretq_u8_u16(first), vreinterpretq_u8_u16(second)), place);
  }
  return vpaddq_u8(marked[0], marked[1]);
}

/* Channels [0, channels) of few levels, a word at a time: sums and thresholds behind the last ones are read, too. */
TQ_INLINE void words(const tq_bits_store *store, const int32_t *sums, int32_t levels, int32_t *output) {
  const int32_t apart = (store->channels + 7) / 8 * 8, plane = tq_bits_words(store->channels);
  const int32_t *thresholds = store->thresholds;

  for (int32_t word = 0; word < plane; word++, sums += TQ_WORD_BITS, thresholds += TQ_WORD_BITS) {
    const int32_t rest = store->channels - word * TQ_WORD_BITS;
    const uint32_t there = rest < TQ_WORD_BITS ? (1u << rest) - 1 : UINT32_MAX;
    const uint8x16_t first = exceeded(sums, thresholds);
    const uint8x16_t second = levels > 2 ? exceeded(sums, thresholds + apart) : first;
    const uint8x16_t third = levels > 3 ? exceeded(sums, thresholds + 2 * apart) : second;
    const uint8x16_t all = vpaddq_u8(vpaddq_u8(first, second), vpaddq_u8(third, third));
    const uint32x4_t ones = vreinterpretq_u32_u8(all);
    const uint32_t above[] = {vgetq_lane_u32(ones, 0), vgetq_lane_u32(ones, 1), vgetq_lane_u32(ones, 2)};
    uint32_t codes[2];
    tq_quantize_planes(above, levels, store->flip[word], codes);
    output[word] = (int32_t)(codes[0] & there);
    if (levels > 2) output[plane + word] = (int32_t)(codes[1] & there);
  }
}

static inline uint8_t bits_of(uint16x8_t lanes) {
  static const uint16_t places[8] = {1, 2, 4, 8, 16, 32, 64, 128};
  return (uint8_t)vaddvq_u16(vandq_u16(lanes, vld1q_u16(places)));
}

/* How many thresholds each of 8 sums exceeds. */
static inline int16x8_t numbers(const int32_t *sums, const int32_t *thresholds, int32_t apart, int32_t count) {
  const int32x4_t sum0 = vld1q_s32(sums), sum1 = vld1q_s32(sums + 4);
  int16x8_t number = vdupq_n_s16(0);

  for (int32_t i = 0; i < count; i++, thresholds += apart) {
    const uint32x4_t above0 = vcgtq_s32(sum0, vld1q_s32(thresholds));
    const uint32x4_t above1 = vcgtq_s32(sum1, vld1q_s32(thresholds + 4));
    number = vsubq_s16(number, vreinterpretq_s16_u16(vuzp1q_u16(vreinterpretq_u16_u32(above0),
                                                                vreinterpretq_u16_u32(above1))));
  }
  return number;
}

/* Channels [0, channels) of more levels, thresholds laid out by number. */
static void eights(const tq_bits_store *store, const int32_t *sums, uint8_t *output) {
  const int32_t levels = store->how->levels, planes = tq_bits_planes(levels);
  const int32_t plane_bytes = 4 * tq_bits_words(store->channels), apart = (store->channels + 7) / 8 * 8;
  const int8_t *const flip = store->how->flip;
  const int16x8_t most = vdupq_n_s16((int16_t)(levels - 1));

  memset(output, 0, (size_t)(planes * plane_bytes));
  for (int32_t o = 0; o < store->channels; o += 8, output++) {
    const int32_t rest = store->channels - o;
    const uint8_t valid = (uint8_t)(rest < 8 ? (1 << rest) - 1 : 255);
    int16x8_t number = numbers(sums + o, store->thresholds + o, apart, levels - 1);
    if (flip) {
      int8_t flips[8] = {0};
      memcpy(flips, flip + o, (size_t)(rest < 8 ? rest : 8));
      number = vbslq_s16(vtstq_s16(vmovl_s8(vld1_s8(flips)), vdupq_n_s16(1)), vsubq_s16(most, number), number);
    }
    const int16x8_t from_highest = vsubq_s16(most, number);
    for (int32_t m = 0; m < planes; m++) {
      output[m * plane_bytes] = valid & bits_of(vtstq_s16(from_highest, vdupq_n_s16((int16_t)(1 << m))));
    }
  }
}

static void put(const tq_bits_store *store, const int32_t *sums, int32_t *output) {
  switch (store->how->levels) {
    case 2: words(store, sums, 2, output); break;
    case 3: words(store, sums, 3, output); break;
    case 4: words(store, sums, 4, output); break;
    default: eights(store, sums, (uint8_t *)output);
  }
}

#else

static void put(const tq_bits_store *store, const int32_t *sums, int32_t *output) {
  for (int32_t o = 0; o < store->channels; o++) {
    tq_store_sum_bits(store->how, NULL, 0, store->channels, o, sums[o], output);
  }
}

#endif

void tq_neon_store_bits(const tq_bits_store *store, const int32_t *sums, int32_t row, void *output) {
  const int32_t channels = store->channels;

  if (store->thresholds) {
    put(store, sums, (int32_t *)output + row * tq_bits_row(channels, store->how->levels));
    return;
  }
  for (int32_t o = 0; o < channels; o++) {
    tq_store_sum_bits(store->how, NULL, row, channels, o, sums[o], output);
  }
}
