#include "tq_bits.h"
#include "tq_mve_flips.h"
#include "tq_mve_packed.h"

#define MOST_PLANES 8

/* Bit i: whether sum i of `count`, 1 to 32, is more than limits[i * step]. */
static uint32_t above(const int32_t *sums, const int32_t *limits, int32_t step, int32_t count) {
#if TQ_MVE
  const uint32x4_t last = vdupq_n_u32((uint32_t)(count - 1));
  uint32x4_t place = vmulq_n_u32(vidupq_n_u32(0, 1), 8), bits = vdupq_n_u32(0); /* a byte a lane */
  uint32_t word;

  for (int32_t i = 0; i < 8; i++, place = vaddq_n_u32(place, 1)) {
    const uint32x4_t there = vminq_u32(place, last);
    const int32x4_t sum = vldrwq_gather_shifted_offset_s32(sums, there);
    const int32x4_t limit = vldrwq_gather_shifted_offset_s32(limits, vmulq_n_u32(there, (uint32_t)step));
    bits = vsriq_n_u32(vreinterpretq_u32_s32(vqsubq_s32(limit, sum)), bits, 1); /* its sign */
  }
  vstrbq_u32((uint8_t *)&word, vshrq_n_u32(bits, 24));
  return word;
#else
  uint32_t bits = 0;
  for (int32_t i = 0; i < count; i++) bits |= (uint32_t)(sums[i] > limits[i * step]) << i;
  return bits;
#endif
}

void tq_mve_packed_store(const tq_bits_output *how, int32_t channels, int32_t first, int32_t count, const int32_t *sums,
                         int32_t *row) {
  const int32_t words = tq_bits_words(channels), planes = tq_bits_planes(how->levels), limits = how->levels - 1;
  const uint32_t all = UINT32_MAX >> (TQ_WORD_BITS - count);
  const uint32_t flips = tq_mve_flips(how->flip ? how->flip + first : NULL, count);
  uint32_t digits[MOST_PLANES]; /* of the code's number, from 0 for the highest, of 32 channels */

  tq_mve_fill((int8_t *)digits, 0, sizeof digits);
  for (int32_t i = 0; i < limits; i++) {
    uint32_t carry = all & ~above(sums, how->thresholds + first * limits + i, limits, count);
    for (int32_t m = 0; m < planes; m++) {
      const uint32_t digit = digits[m];
      digits[m] ^= carry;
      carry &= digit;
    }
  }
  if (how->levels == 3) { /* not 0; minus, which of numbers 0 and 2 the other one becomes */
    const uint32_t plus = all & ~(digits[0] | digits[1]), minus = digits[1];
    digits[0] = plus | minus;
    digits[1] = (minus & ~flips) | (plus & flips);
  } else {
    for (int32_t m = 0; m < planes; m++) digits[m] ^= flips;
  }
  row += first / TQ_WORD_BITS;
  for (int32_t m = 0; m < planes; m++) row[m * words] = (int32_t)digits[m];
}
