/* Ones of words that are made of two rows, without an instruction that counts ones: full adders first, sixteen words
 * at a time. */
#ifndef TQ_SLICED_ONES_H
#define TQ_SLICED_ONES_H

#include "tq_bits_words.h"
#include "tq_dsp.h"
#include "tq_sliced_adders.h"
#include "tq_sliced_lookup.h"

/* Digits of 32 counters; what is beyond them is in `more`, 32 each. */
typedef struct {
  uint32_t ones, twos, fours, eights, sixteens, more;
} tq_sliced_counts;

/* Sum of the counters: fields of four bits have room for 4 + 2 * 4, those of eight for 8 * 31. */
static inline uint32_t tq_sliced_total(tq_sliced_counts c) {
  const uint32_t one = tq_in_register(0x55555555u), two = tq_in_register(0x33333333u);
  const uint32_t four = tq_in_register(0x0f0f0f0fu);
  uint32_t low, high, top;

  c.ones -= c.ones >> 1 & one;
  c.twos -= c.twos >> 1 & one;
  c.fours -= c.fours >> 1 & one;
  c.eights -= c.eights >> 1 & one;
  c.sixteens -= c.sixteens >> 1 & one;
  low = (c.ones & two) + (c.ones >> 2 & two) + 2 * ((c.twos & two) + (c.twos >> 2 & two));
  high = (c.fours & two) + (c.fours >> 2 & two) + 2 * ((c.eights & two) + (c.eights >> 2 & two));
  top = (c.sixteens & two) + (c.sixteens >> 2 & two);
  low = (low & four) + (low >> 4 & four) + 4 * ((high & four) + (high >> 4 & four));
  low += 16 * ((top & four) + (top >> 4 & four));
  return tq_sum_of_bytes(low) + 32 * c.more;
}

/* Counts words of weight 16; bits of weight 32 are few. */
#define TQ_SLICED_SIXTEENS(c, carry)                   \
  do {                                                 \
    const uint32_t over_ = (c).sixteens & (carry);     \
    (c).sixteens ^= (carry);                           \
    if (over_ != 0) (c).more += tq_ones(tq_in_register(over_));        \
  } while (0)

#define TQ_SLICED_XOR_TWO(at, carry)                           \
  do {                                                         \
    uint32_t x0_, x1_, w0_, w1_;                               \
    TQ_SLICED_FETCH2(x0_, x1_, x, at);                         \
    TQ_SLICED_FETCH2(w0_, w1_, w, at);                         \
    TQ_SLICED_FULL(c.ones, x0_ ^ w0_, x1_ ^ w1_, carry);       \
  } while (0)
#define TQ_SLICED_XOR_FOUR(at, carry)                          \
  do {                                                         \
    uint32_t low_, high_;                                      \
    TQ_SLICED_XOR_TWO(at, low_);                               \
    TQ_SLICED_XOR_TWO((at) + 2, high_);                        \
    TQ_SLICED_FULL(c.twos, low_, high_, carry);                \
  } while (0)
#define TQ_SLICED_XOR_EIGHT(at, carry)                         \
  do {                                                         \
    uint32_t first_, second_;                                  \
    TQ_SLICED_XOR_FOUR(at, first_);                            \
    TQ_SLICED_XOR_FOUR((at) + 4, second_);                     \
    TQ_SLICED_FULL(c.fours, first_, second_, carry);           \
  } while (0)

#define TQ_SLICED_XOR_SIXTEEN                                  \
  do {                                                         \
    uint32_t low_eight_, high_eight_, carry_;                  \
    TQ_SLICED_XOR_EIGHT(0, low_eight_);                        \
    TQ_SLICED_XOR_EIGHT(8, high_eight_);                       \
    TQ_SLICED_FULL(c.eights, low_eight_, high_eight_, carry_); \
    TQ_SLICED_SIXTEENS(c, carry_);                             \
    x += 16;                                                   \
    w += 16;                                                   \
    words -= 16;                                               \
  } while (0)

/* Places where two rows differ. */
TQ_SLICED_INLINE uint32_t tq_sliced_differing(const int32_t *x, const int32_t *w, int32_t words) {
  tq_sliced_counts c = {0, 0, 0, 0, 0, 0};
  uint32_t total;

  if (words >= 16) { /* the first time half of the adders' inputs are 0 */
    TQ_SLICED_XOR_SIXTEEN;
    while (words >= 16) TQ_SLICED_XOR_SIXTEEN;
  }
  total = tq_sliced_total(c);
  for (int32_t i = 0; i < words; i++) total += tq_ones((uint32_t)x[i] ^ (uint32_t)w[i]);
  return total;
}

/* Two words of products: carries of the ones where they are 0, and of the twos where they are -1. */
#define TQ_SLICED_TERNARY_TWO(at, ones_carry, twos_carry)                              \
  do {                                                                                 \
    uint32_t a0_, a1_, b0_, b1_, x0_, x1_, w0_, w1_;                                   \
    TQ_SLICED_FETCH2(a0_, a1_, x_mask, at);                                            \
    TQ_SLICED_FETCH2(b0_, b1_, w_mask, at);                                            \
    a0_ &= b0_;                                                                        \
    a1_ &= b1_;                                                                        \
    TQ_SLICED_FETCH2(x0_, x1_, x, at);                                                 \
    TQ_SLICED_FETCH2(w0_, w1_, w, at);                                                 \
    TQ_SLICED_FULL(c.twos, (x0_ ^ w0_) & a0_, (x1_ ^ w1_) & a1_, twos_carry);          \
    TQ_SLICED_FULL(c.ones, ~a0_, ~a1_, ones_carry);                                    \
  } while (0)
#define TQ_SLICED_TERNARY_FOUR(at, sums)                       \
  do {                                                         \
    uint32_t low_, high_, first_, second_, third_;             \
    TQ_SLICED_TERNARY_TWO(at, low_, first_);                   \
    TQ_SLICED_TERNARY_TWO((at) + 2, high_, second_);           \
    TQ_SLICED_FULL(c.fours, first_, second_, sums[0]);         \
    TQ_SLICED_FULL(c.twos, low_, high_, third_);               \
    sums[1] = third_;                                          \
  } while (0)

/* Sum of products of rows with masks, of which both must be 1 or the product is 0. */
TQ_SLICED_INLINE uint32_t tq_sliced_products(const int32_t *x, const int32_t *w, const int32_t *x_mask,
                                             const int32_t *w_mask, int32_t words) {
  const uint32_t bits = 32u * (uint32_t)words;
  tq_sliced_counts c = {0, 0, 0, 0, 0, 0};
  uint32_t rest = 0;

  for (; words >= 8; words -= 8, x += 8, w += 8, x_mask += 8, w_mask += 8) {
    uint32_t first[2], second[2], eights, carry, over;
    TQ_SLICED_TERNARY_FOUR(0, first);
    TQ_SLICED_TERNARY_FOUR(4, second);
    TQ_SLICED_FULL(c.fours, first[1], second[1], eights);
    TQ_SLICED_FULL(c.eights, first[0], second[0], carry);
    TQ_SLICED_HALF(c.eights, eights);
    TQ_SLICED_FULL(c.sixteens, carry, eights, over);
    if (over != 0) c.more += tq_ones(over);
  }
  for (int32_t i = 0; i < words; i++) {
    const uint32_t there = (uint32_t)x_mask[i] & (uint32_t)w_mask[i];
    rest += tq_ones(~there) + 2 * tq_ones(((uint32_t)x[i] ^ (uint32_t)w[i]) & there);
  }
  return bits - rest - tq_sliced_total(c);
}

#endif
