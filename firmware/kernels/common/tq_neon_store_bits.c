#include <string.h>

#include "tq_bits.h"
#include "tq_bits_formulas.h"
#include "tq_neon_bits.h"

#if TQ_NEON

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

/* Channels [0, channels) of a position, thresholds laid out by number. */
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
    if (levels == 3) {
      output[0] = valid & bits_of(vmvnq_u16(vceqq_s16(number, vdupq_n_s16(1))));
      output[plane_bytes] = valid & bits_of(vceqzq_s16(number));
    } else {
      const int16x8_t from_highest = vsubq_s16(most, number);
      for (int32_t m = 0; m < planes; m++) {
        output[m * plane_bytes] = valid & bits_of(vtstq_s16(from_highest, vdupq_n_s16((int16_t)(1 << m))));
      }
    }
  }
}

#else

static void eights(const tq_bits_store *store, const int32_t *sums, uint8_t *output) {
  for (int32_t o = 0; o < store->channels; o++) {
    tq_store_sum_bits(store->how, NULL, 0, store->channels, o, sums[o], output);
  }
}

#endif

void tq_neon_store_bits(const tq_bits_store *store, const int32_t *sums, int32_t row, void *output) {
  const int32_t channels = store->channels;

  if (store->thresholds) {
    eights(store, sums, (uint8_t *)((int32_t *)output + row * tq_bits_row(channels, store->how->levels)));
    return;
  }
  for (int32_t o = 0; o < channels; o++) {
    tq_store_sum_bits(store->how, NULL, row, channels, o, sums[o], output);
  }
}
