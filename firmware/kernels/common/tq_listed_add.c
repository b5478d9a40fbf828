#include "tq_listed.h"
#include "tq_sliced_lookup.h"

/* Exchange the bits of b that the mask has with those of a `shift` higher. */
#define EXCHANGE(a, b, shift, mask)                             \
  do {                                                          \
    const uint32_t differing_ = ((a) >> (shift) ^ (b)) & (mask); \
    (b) ^= differing_;                                          \
    (a) ^= differing_ << (shift);                               \
  } while (0)

/* Four digits of all outputs -> nibbles: nibble i of word k is that of output 4 * i + k. */
static inline void to_nibbles(const uint32_t *counts, uint32_t *nibbles) {
  const uint32_t one = tq_in_register(0x55555555u), two = tq_in_register(0x33333333u);
  uint32_t a = counts[0], b = counts[1], c = counts[2], d = counts[3];

  EXCHANGE(a, b, 1, one);
  EXCHANGE(c, d, 1, one);
  EXCHANGE(a, c, 2, two);
  EXCHANGE(b, d, 2, two);
  nibbles[0] = a;
  nibbles[1] = b;
  nibbles[2] = c;
  nibbles[3] = d;
}

/* Output 4 * i + k, whose count is nibble i of `high`, which is signed, and byte i / 2 of bytes. */
#define ADD(i, bytes)                                                                             \
  do {                                                                                            \
    const int32_t number_ = (int32_t)(high << (28 - 4 * (i))) >> 28;                              \
    const uint32_t count_ = (uint32_t)number_ << 8 | ((bytes) >> (8 * ((i) / 2)) & 255u);         \
    sums[4 * (i)] += same + of_counts * count_ + of_weights * (uint32_t)weights[4 * (i)];         \
  } while (0)

void tq_listed_add(const tq_listed_factors *factors, const uint32_t *counts, const int32_t *weights, uint32_t *sums) {
  const uint32_t of_weights = factors->weights, same = factors->same, of_counts = factors->counted;
  uint32_t nibbles[TQ_LISTED_DIGITS];

  for (int32_t i = 0; i < TQ_LISTED_DIGITS; i += 4) to_nibbles(counts + i, nibbles + i);
  for (int32_t k = 0; k < 4; k++, sums++, weights++) {
    const uint32_t high = nibbles[8 + k], four = tq_in_register(0x0f0f0f0fu);
    uint32_t even = nibbles[k], odd = nibbles[4 + k];
    EXCHANGE(even, odd, 4, four);
    ADD(0, even);
    ADD(1, odd);
    ADD(2, even);
    ADD(3, odd);
    ADD(4, even);
    ADD(5, odd);
    ADD(6, even);
    ADD(7, odd);
  }
}
