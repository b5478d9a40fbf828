#include "tq_bits.h"
#include "tq_sliced_depthwise.h"

/* Channels whose D is less than its limit: the highest digit that differs decides. */
static uint32_t less(const uint32_t *counts, const uint32_t *limit, int32_t digits) {
  uint32_t result = 0;

  for (int32_t i = 0; i < digits; i++) result ^= (result ^ limit[i]) & (counts[i] ^ limit[i]);
  return result;
}

/* The number of a code is 0, 1, 2: for -1, 0, 1, or flipped for 1, 0, -1. */
static void put_ternary(const tq_sliced_word_output *out, const uint32_t *counts, int32_t *row) {
  const uint32_t *const low = out->limits, *const high = low + TQ_SLICED_DIGITS;
  uint32_t first = 0, second = 0;

  for (int32_t i = 0; i < out->digits; i++) {
    first ^= (first ^ low[i]) & (counts[i] ^ low[i]);
    second ^= (second ^ high[i]) & (counts[i] ^ high[i]);
  }
  row[0] = (int32_t)(~(first ^ second) & out->there);
  row[out->words] = (int32_t)(((second & out->flip) | ~(first | out->flip)) & out->there);
}

static void put_planes(const tq_sliced_word_output *out, const uint32_t *counts, int32_t *row) {
  const int32_t levels = out->how->levels, planes = tq_bits_planes(levels);
  uint32_t number[4] = {0};

  for (int32_t i = 0; i < levels - 1; i++) {
    uint32_t carry = less(counts, out->limits + i * TQ_SLICED_DIGITS, out->digits);
    for (int32_t m = 0; m < planes; m++) {
      const uint32_t before = number[m];
      number[m] ^= carry;
      carry &= before;
    }
  }
  for (int32_t m = 0; m < planes; m++) row[m * out->words] = (int32_t)((number[m] ^ ~out->flip) & out->there);
}

void tq_sliced_put_word(const tq_sliced_word_output *out, const uint32_t *counts, int32_t *row) {
  const int32_t levels = out->how->levels;

  row += out->word;
  if (TQ_USED_TO_SIGNS && levels == 2) {
    *row = (int32_t)((less(counts, out->limits, out->digits) ^ ~out->flip) & out->there);
  } else if (TQ_USED_TO_TERNARY && levels == 3) {
    put_ternary(out, counts, row);
  } else if (TQ_USED_TO_PLANES) {
    put_planes(out, counts, row);
  }
}
