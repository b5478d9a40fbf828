#include "tq_bits.h"
#include "tq_requantize.h"
#include "tq_sliced_dense.h"

static void store_signs(const tq_bits_output *how, int32_t first, int32_t count, const int32_t *sums, int32_t *word) {
  const int32_t *const thresholds = how->thresholds + first;
  const int8_t *const flip = how->flip ? how->flip + first : NULL;
  uint32_t bits = 0;

  if (flip) {
    for (int32_t i = count; i-- > 0;) bits = bits << 1 | ((uint32_t)(sums[i] <= thresholds[i]) ^ (uint32_t)flip[i]);
  } else {
    for (int32_t i = count; i-- > 0;) bits = bits << 1 | (uint32_t)(sums[i] <= thresholds[i]);
  }
  *word = (int32_t)bits;
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
  if (how->thresholds && how->levels == 2) {
    store_signs(how, first, count, sums,
                (int32_t *)output + row * tq_bits_words(channels) + first / TQ_WORD_BITS);
  } else if (how->multiplier) {
    store_int8(how, bias, first, count, sums, (int8_t *)output + row * channels + first);
  } else {
    for (int32_t i = 0; i < count; i++) store(how, bias, row, channels, first + i, sums[i], output);
  }
}
