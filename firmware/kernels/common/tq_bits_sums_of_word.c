#include "tq_bits.h"
#include "tq_bits_words.h"

#define DIGITS 8
#define MOST_TAPS 255 /* that so many binary digits count */

/* 32 counters, one a channel, digit by digit: bit c of counts[i] is digit i of channel c's. Add 0 or 1 to
 * each. */
static inline void count(uint32_t *counts, uint32_t bits) {
  for (int32_t i = 0; bits != 0; i++) {
    const uint32_t carry = counts[i] & bits;
    counts[i] ^= bits;
    bits = carry;
  }
}

/* Adds factor * counter to the sum of each channel. */
static inline void take(const uint32_t *counts, uint32_t factor, uint32_t *sums) {
  for (int32_t i = 0; i < DIGITS; i++) {
    if (counts[i] == 0) continue;
    for (int32_t c = 0; c < TQ_WORD_BITS; c++) sums[c] += (counts[i] >> c & 1u) * (factor << i);
  }
}

/* Adds factor * product of signs, word `x_signs` of the input's rows by word `w_signs` of the filter's. Where
 * an operand is ternary, its word x_mask or w_mask tells what is not 0. */
typedef struct {
  int32_t x_signs, x_mask, w_signs, w_mask, w_row;
  uint32_t factor;
} planes;

static void add_planes(const tq_bits_window *window, const int32_t *filter, const planes *at,
                       uint32_t *sums) {
  const int32_t x_ternary = window->x_levels == 3, w_ternary = window->w_levels == 3;

  for (int32_t tap = 0; tap < window->taps;) {
    const int32_t end = window->taps - tap > MOST_TAPS ? tap + MOST_TAPS : window->taps;
    uint32_t products[DIGITS] = {0}, negative[DIGITS] = {0};
    for (; tap < end; tap++, filter += at->w_row) {
      const int32_t *const x = tq_bits_row_of(window, tap);
      uint32_t there = UINT32_MAX;
      if (x_ternary) there &= (uint32_t)x[at->x_mask];
      if (w_ternary) there &= (uint32_t)filter[at->w_mask];
      count(products, there);
      count(negative, ((uint32_t)x[at->x_signs] ^ (uint32_t)filter[at->w_signs]) & there);
    }
    take(products, at->factor, sums);
    take(negative, 0u - 2 * at->factor, sums);
  }
}

void tq_bits_sums_of_word(const tq_bits_window *window, const int32_t *filter, int32_t word,
                          int32_t sums[TQ_WORD_BITS]) {
  const int32_t words = tq_bits_words(window->channels);
  const int32_t x_ternary = window->x_levels == 3, w_ternary = window->w_levels == 3;
  const int32_t x_planes = x_ternary ? 1 : tq_bits_planes(window->x_levels);
  const int32_t w_planes = w_ternary ? 1 : tq_bits_planes(window->w_levels);
  uint32_t wrapping[TQ_WORD_BITS] = {0}; /* parts may leave int32_t, the wholes do not */

  for (int32_t m = 0; m < x_planes; m++) {
    for (int32_t k = 0; k < w_planes; k++) {
      const planes at = {.x_signs = word + (x_ternary ? words : m * words),
                         .x_mask = word,
                         .w_signs = word + (w_ternary ? words : k * words),
                         .w_mask = word,
                         .w_row = tq_bits_row(window->channels, window->w_levels),
                         .factor = 1u << (m + k)};
      add_planes(window, filter, &at, wrapping);
    }
  }
  for (int32_t c = 0; c < TQ_WORD_BITS; c++) sums[c] = (int32_t)wrapping[c];
}
