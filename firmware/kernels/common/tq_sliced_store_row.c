#include "tq_bits.h"
#include "tq_requantize.h"
#include "tq_sliced_dense.h"
#include "tq_sliced_lookup.h"

#define PLANES 8

/* Appends bit `bit` to four if a sum exceeds its threshold; from the last one on. */
#define COMPARE(bit) \
  threshold -= each;  \
  if (*--sum > *threshold) bits |= (bit)

/* Which of the outputs exceed threshold `i` of theirs, of `each`. */
TQ_SLICED_INLINE uint32_t exceeding(const int32_t *sums, const int32_t *thresholds, int32_t count, int32_t i,
                                    int32_t each) {
  const int32_t *sum = sums + count, *threshold = thresholds + count * each + i;
  uint32_t bits = 0;

  for (; count % 4 != 0; count--) {
    bits <<= 1;
    COMPARE(1);
  }
  for (; count > 0; count -= 4) {
    bits <<= 4;
    COMPARE(8);
    COMPARE(4);
    COMPARE(2);
    COMPARE(1);
  }
  return bits;
}

/* Digits of the codes' numbers -> planes. */
static void store_packed(const tq_bits_output *how, int32_t first, int32_t count, const int32_t *sums, int32_t apart,
                         int32_t *word) {
  const int32_t levels = how->levels, each = levels - 1, planes = tq_bits_planes(levels);
  const uint32_t there = count < TQ_WORD_BITS ? (1u << count) - 1 : UINT32_MAX;
  const int32_t *const thresholds = how->thresholds + first * each;
  uint32_t digits[PLANES + 1], flipped = 0;

  for (int32_t m = 0; m <= planes; m++) digits[m] = tq_in_register(0);
  if (how->flip) {
    for (int32_t i = count; i-- > 0;) {
      const uint32_t bit = (uint32_t)how->flip[first + i];
      flipped = flipped << 1 | bit;
    }
  }
  for (int32_t i = 0; i < each; i++) {
    uint32_t carry = TQ_TAKES(TQ_USED_TO_SIGNS, TQ_USED_TO_TERNARY || TQ_USED_TO_PLANES, each == 1)
                         ? exceeding(sums, thresholds, count, 0, 1)
                         : exceeding(sums, thresholds, count, i, each);
    for (uint32_t *digit = digits; carry != 0; digit++) {
      const uint32_t both = *digit & carry;
      *digit ^= carry;
      carry = both;
    }
  }
  if (TQ_USED_TO_TERNARY && levels == 3) {
    word[0] = (int32_t)(~digits[0] & there);
    word[apart] = (int32_t)(((digits[1] & flipped) | ~(digits[0] | digits[1] | flipped)) & there);
    return;
  }
  for (int32_t m = 0; m < planes; m++) word[m * apart] = (int32_t)((digits[m] ^ ~flipped) & there);
}

static void store_int8(const tq_bits_output *how, const int32_t *bias, int32_t first, int32_t count,
                       const int32_t *sums, int8_t *output) {
  const int32_t *const multiplier = how->multiplier + first;
  const int8_t *const shift = how->shift + first;
  const int32_t factor = 1 << how->bias_shift, zero_point = how->zero_point;
  const int32_t low = how->activation_min - zero_point, high = how->activation_max - zero_point;

  for (int32_t i = 0; i < count; i++) {
    const int32_t accumulator = sums[i] * factor + (bias ? bias[first + i] : 0);
    output[i] = (int8_t)(tq_clamp(tq_scale(accumulator, multiplier[i], shift[i]), low, high) + zero_point);
  }
}

void tq_sliced_store_row(const tq_bits_output *how, const void *bias, int32_t row, int32_t channels, int32_t first,
                         int32_t count, const int32_t *sums, tq_store_sum *store, void *output) {
  if ((TQ_USED_TO_SIGNS || TQ_USED_TO_TERNARY || TQ_USED_TO_PLANES) && how->thresholds) {
    store_packed(how, first, count, sums, tq_bits_words(channels),
                 (int32_t *)output + row * tq_bits_row(channels, how->levels) + first / TQ_WORD_BITS);
  } else if (how->multiplier) {
    store_int8(how, bias, first, count, sums, (int8_t *)output + row * channels + first);
  } else {
    for (int32_t i = 0; i < count; i++) store(how, bias, row, channels, first + i, sums[i], output);
  }
}
