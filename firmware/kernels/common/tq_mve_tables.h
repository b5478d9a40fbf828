/* Tables of what the bits of four weights add to sums, for 32 lanes: entries as tq_mve_sliced.h has them. */
#ifndef TQ_MVE_TABLES_H
#define TQ_MVE_TABLES_H

#include "tq_mve_bytes.h"

/* Entry w = first + the sum of steps[c] over the bits c of w, each a step away from one before; apart: bytes between
 * entries, a literal constant. */
#define TQ_MVE_LAY_TABLE(first, step0, step1, step2, step3, table, apart)        \
  do {                                                                           \
    const tq_sixteen s0_ = (step0), s1_ = (step1), s2_ = (step2), s3_ = (step3); \
    tq_sixteen x_ = (first);                                                     \
    uint8_t *to_ = (table);                                                      \
    tq_sixteen_store(x_, to_);                                                   \
    TQ_MVE_ENTRY_AFTER(0, 1, add, s0_, apart);                                   \
    TQ_MVE_ENTRY_AFTER(1, 3, add, s1_, apart);                                   \
    TQ_MVE_ENTRY_AFTER(3, 2, sub, s0_, apart);                                   \
    TQ_MVE_ENTRY_AFTER(2, 6, add, s2_, apart);                                   \
    TQ_MVE_ENTRY_AFTER(6, 7, add, s0_, apart);                                   \
    TQ_MVE_ENTRY_AFTER(7, 5, sub, s1_, apart);                                   \
    TQ_MVE_ENTRY_AFTER(5, 4, sub, s0_, apart);                                   \
    TQ_MVE_ENTRY_AFTER(4, 12, add, s3_, apart);                                  \
    TQ_MVE_ENTRY_AFTER(12, 13, add, s0_, apart);                                 \
    TQ_MVE_ENTRY_AFTER(13, 15, add, s1_, apart);                                 \
    TQ_MVE_ENTRY_AFTER(15, 14, sub, s0_, apart);                                 \
    TQ_MVE_ENTRY_AFTER(14, 10, sub, s2_, apart);                                 \
    TQ_MVE_ENTRY_AFTER(10, 11, add, s0_, apart);                                 \
    TQ_MVE_ENTRY_AFTER(11, 9, sub, s1_, apart);                                  \
    TQ_MVE_ENTRY_AFTER(9, 8, sub, s0_, apart);                                   \
  } while (0)

#define TQ_MVE_ENTRY_AFTER(before, w, how, step, apart) \
  x_ = tq_sixteen_##how(x_, step);                      \
  TQ_SIXTEEN_STORE_ON(x_, to_, ((w) - (before)) * (apart))

/* Signs: 1 where the lane's bit c is another one than the weight's; less 2 of four. Steps are 1 - 2 * bit. */
#define TQ_MVE_LAY_SIGNS(lanes, table, apart)                                                                     \
  do {                                                                                                            \
    const tq_sixteen lanes_ = (lanes), one_ = tq_sixteen_of(0x11);                                                \
    const tq_sixteen a_ = TQ_SIXTEEN_BIT(lanes_, 0), b_ = TQ_SIXTEEN_BIT(lanes_, 1);                              \
    const tq_sixteen c_ = TQ_SIXTEEN_BIT(lanes_, 2), d_ = TQ_SIXTEEN_BIT(lanes_, 3);                              \
    const tq_sixteen sum_ = tq_sixteen_add(tq_sixteen_add(a_, b_), tq_sixteen_add(c_, d_));                       \
    const tq_sixteen step0_ = tq_sixteen_sub(tq_sixteen_sub(one_, a_), a_);                                       \
    const tq_sixteen step1_ = tq_sixteen_sub(tq_sixteen_sub(one_, b_), b_);                                       \
    const tq_sixteen step2_ = tq_sixteen_sub(tq_sixteen_sub(one_, c_), c_);                                       \
    const tq_sixteen step3_ = tq_sixteen_sub(tq_sixteen_sub(one_, d_), d_);                                       \
    TQ_MVE_LAY_TABLE(tq_sixteen_sub(sum_, tq_sixteen_of(0x22)), step0_, step1_, step2_, step3_, table, apart);    \
  } while (0)

/* Codes -1, 0, 1 of channel c as bytes of two lanes. */
#define TQ_MVE_TERNARY(there, minus, c) \
  tq_sixteen_sub(tq_sixteen_sub(TQ_SIXTEEN_BIT(there, c), TQ_SIXTEEN_BIT(minus, c)), TQ_SIXTEEN_BIT(minus, c))

/* Where codes other than 0 differ, less so many. */
#define TQ_MVE_LAY_HOLES(there, minus, less, table, apart)                                                      \
  do {                                                                                                          \
    const tq_sixteen is_ = (there), m_ = (minus);                                                               \
    const tq_sixteen low_ = tq_sixteen_add(TQ_SIXTEEN_BIT(m_, 0), TQ_SIXTEEN_BIT(m_, 1));                       \
    const tq_sixteen all_ = tq_sixteen_add(low_, tq_sixteen_add(TQ_SIXTEEN_BIT(m_, 2), TQ_SIXTEEN_BIT(m_, 3))); \
    TQ_MVE_LAY_TABLE(tq_sixteen_sub(all_, less), TQ_MVE_TERNARY(is_, m_, 0), TQ_MVE_TERNARY(is_, m_, 1),        \
                     TQ_MVE_TERNARY(is_, m_, 2), TQ_MVE_TERNARY(is_, m_, 3), table, apart);                     \
  } while (0)

/* 2 for signs, and for zeros of padding half of their channels less: of a nibble that has two channels, or more. */
static inline tq_sixteen tq_mve_half(tq_sixteen there, int32_t channels) {
  const tq_sixteen inside = TQ_SIXTEEN_BIT(there, 0);
  return tq_sixteen_add(inside, channels > 2 ? inside : tq_sixteen_of(0x11));
}

/* Channels c and c + 1 by two ternary weights, bits: whether they are not 0, whether they are minus. */
#define TQ_MVE_LAY_PAIR(there, minus, c, table, apart)                                                       \
  do {                                                                                                       \
    const tq_sixteen zero_ = tq_sixteen_of(0);                                                               \
    const tq_sixteen a_ = TQ_MVE_TERNARY(there, minus, c), b_ = TQ_MVE_TERNARY(there, minus, (c) + 1);       \
    TQ_MVE_LAY_TABLE(zero_, tq_sixteen_sub(zero_, a_), tq_sixteen_sub(zero_, b_), tq_sixteen_add(a_, a_),    \
                     tq_sixteen_add(b_, b_), table, apart);                                                  \
  } while (0)

#endif
