#include "tq_sliced.h"

/* Of each nibble. */
static inline uint32_t ones_of(uint32_t word) {
  const uint32_t pairs = word - (word >> 1 & 0x55555555u);

  return (pairs & 0x33333333u) + (pairs >> 2 & 0x33333333u);
}

void tq_sliced_count_zeros(const uint32_t *slices, int32_t nibbles, int32_t channels, uint32_t *sums) {
  uint32_t low = 0, high = 0, odd_low = 0, odd_high = 0; /* nibbles as bytes: at most 4 * 8 */

  for (; nibbles > 0; nibbles--, slices += 2, channels -= 4) {
    if ((slices[0] & slices[1]) == UINT32_MAX) continue; /* mostly, where only the padding is 0 */
    const uint32_t existing = tq_sliced_existing(channels);
    const uint32_t zeros_low = ones_of(existing & ~slices[0]), zeros_high = ones_of(existing & ~slices[1]);
    low += zeros_low & 0x0f0f0f0fu;
    high += zeros_high & 0x0f0f0f0fu;
    odd_low += zeros_low >> 4 & 0x0f0f0f0fu;
    odd_high += zeros_high >> 4 & 0x0f0f0f0fu;
  }
  if ((low | high | odd_low | odd_high) == 0) return;
  tq_sliced_widen(low, 0, 0, sums);
  tq_sliced_widen(odd_low, 0, 0, sums + 2);
  tq_sliced_widen(high, 0, 0, sums + 4);
  tq_sliced_widen(odd_high, 0, 0, sums + 6);
}
