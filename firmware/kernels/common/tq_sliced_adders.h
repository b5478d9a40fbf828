/* Counting ones of many words with few counts: full adders take three words of a weight to one of it and one of
 * twice it. */
#ifndef TQ_SLICED_ADDERS_H
#define TQ_SLICED_ADDERS_H

#include <stdint.h>

/* sum + a + b = sum' + 2 * carry, bit by bit. */
#define TQ_SLICED_FULL(sum, a, b, carry)            \
  do {                                              \
    const uint32_t a_ = (a), b_ = (b);              \
    const uint32_t u_ = (sum) ^ a_;                 \
    (carry) = ((sum) & a_) | (u_ & b_);             \
    (sum) = u_ ^ b_;                                \
  } while (0)

/* sum + bits = sum' + 2 * bits'. */
#define TQ_SLICED_HALF(sum, bits)             \
  do {                                        \
    const uint32_t both_ = (sum) & (bits);    \
    (sum) ^= (bits);                          \
    (bits) = both_;                           \
  } while (0)

/* 32 counters, digit by digit: bit c of counts[i] is digit i of counter c's. Adds 0 or 1 to each. */
static inline void tq_sliced_ripple(uint32_t *counts, uint32_t bits) {
  for (; bits != 0; counts++) {
    const uint32_t carry = *counts & bits;
    *counts ^= bits;
    bits = carry;
  }
}

/* Adds 0 or 1 to each, where the three lowest digits are held apart from counts[0..2]. */
#define TQ_SLICED_COUNT(word, ones, twos, fours, counts) \
  do {                                                   \
    uint32_t carry_ = (word);                            \
    TQ_SLICED_HALF(ones, carry_);                        \
    TQ_SLICED_HALF(twos, carry_);                        \
    TQ_SLICED_HALF(fours, carry_);                       \
    tq_sliced_ripple((counts) + 3, carry_);              \
  } while (0)

#endif
