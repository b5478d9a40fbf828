/* A look-up of the sliced kernels: the table's entry for a nibble of a weight word is added to counters. With
 * UXTAB an entry is found in one instruction, and LDRD reads two of its words in one; gcc 12 cannot be led to
 * either, and would mix eight look-ups until its registers spill. Elsewhere this is plain C. */
#ifndef TQ_SLICED_LOOKUP_H
#define TQ_SLICED_LOOKUP_H

#include <stdint.h>

#define TQ_SLICED_WORD_ENTRIES (8 * 16) /* eight nibbles of sixteen values */

/* A function that is fast where its arguments are constants. */
#if defined(__GNUC__)
#define TQ_SLICED_INLINE static inline __attribute__((always_inline))
#else
#define TQ_SLICED_INLINE static inline
#endif

/* A weight word as look-ups want it: where `even` and `odd` are, each byte is a nibble times an entry's size. */
typedef struct {
  uint32_t word, even, odd;
} tq_nibbles;

#if defined(__GNUC__) && defined(__thumb2__) && defined(__ARM_FEATURE_DSP)

/* The compiler takes it for a variable: so it stays in a register, where shifted operands can meet it. */
static inline uint32_t tq_in_register(uint32_t x) {
  __asm__("" : "+r"(x));
  return x;
}

/* mask: tq_in_register(15 * the bytes of an entry, in each byte) */
static inline tq_nibbles tq_nibbles_of(uint32_t word, uint32_t mask, int32_t entry_words) {
  const int32_t left = entry_words == 2 ? 3 : 4;
  const tq_nibbles nibbles = {word, word << left & mask, word >> (4 - left) & mask};
  return nibbles;
}

/* a, b = from[at], from[at + 1] */
#define TQ_SLICED_FETCH2(a, b, from, at)                                                                 \
  __asm__ volatile("ldrd %0, %1, [%2, %4]"                                                               \
                   : "=&r"(a), "=r"(b)                                                                   \
                   : "r"(from), "m"(*(const int32_t(*)[2])(const void *)((from) + (at))), "n"(4 * (at)))

#define TQ_SLICED_TABLE(table) "r"(table), "m"(*(const uint32_t(*)[256])(const void *)(table))
#define TQ_SLICED_INDEX(nibbles, k) "r"((k) & 1 ? (nibbles).odd : (nibbles).even), "n"(8 * ((k) / 2))

/* (a, b) = and += entry nibble k, of two words. */
#define TQ_SLICED_LOAD2(a, b, table, nibbles, k)                                                         \
  __asm__ volatile("uxtab %0, %2, %4, ror %5\n\tldrd %0, %1, [%0, %6]"                                   \
                   : "=&r"(a), "=&r"(b)                                                                  \
                   : TQ_SLICED_TABLE(table), TQ_SLICED_INDEX(nibbles, k), "n"(128 * (k)))
#define TQ_SLICED_ADD2(a, b, table, nibbles, k)                                                          \
  do {                                                                                                   \
    uint32_t x_, y_;                                                                                     \
    __asm__ volatile("uxtab %2, %4, %6, ror %7\n\tldrd %2, %3, [%2, %8]\n\tadd %0, %2\n\tadd %1, %3"     \
                     : "+r"(a), "+r"(b), "=&r"(x_), "=&r"(y_)                                            \
                     : TQ_SLICED_TABLE(table), TQ_SLICED_INDEX(nibbles, k), "n"(128 * (k)));             \
  } while (0)

/* (a, b, c, d) += entry nibble k, of four words; for k >= 4 the table is 256 words further on. */
#define TQ_SLICED_ADD4(a, b, c, d, table, nibbles, k)                                                    \
  do {                                                                                                   \
    uint32_t x_, y_, z_;                                                                                 \
    __asm__ volatile("uxtab %4, %7, %9, ror %10\n\tldrd %5, %6, [%4, %11]\n\tadd %0, %5\n\tadd %1, %6\n" \
                     "\tldrd %5, %6, [%4, %12]\n\tadd %2, %5\n\tadd %3, %6"                              \
                     : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "=&r"(x_), "=&r"(y_), "=&r"(z_)               \
                     : TQ_SLICED_TABLE(table), TQ_SLICED_INDEX(nibbles, k), "n"(256 * ((k) % 4)),        \
                       "n"(256 * ((k) % 4) + 8));                                                        \
  } while (0)

/* all += lanes, odd += the odd nibbles of lanes; mask: tq_in_register(0x0f0f0f0f). In its place between look-ups, as
 * gcc would keep three pairs of lanes for later, and spill. */
#define TQ_SLICED_TAKE(all, odd, lanes, mask)                                        \
  do {                                                                               \
    uint32_t x_;                                                                     \
    __asm__ volatile("and %2, %4, %3, lsr #4\n\tadd %0, %3\n\tadd %1, %2"           \
                     : "+r"(all), "+r"(odd), "=&r"(x_)                               \
                     : "r"(lanes), "r"(mask));                                       \
  } while (0)

/* table[at], table[at + 1] = a, b, here and now: gcc would keep all entries back until they are spilt. */
#define TQ_SLICED_STORE2(table, at, a, b)                                                                \
  __asm__ volatile("strd %2, %3, [%1, %4]"                                                               \
                   : "=m"(*(uint32_t(*)[2])(void *)((table) + (at)))                                     \
                   : "r"(table), "r"(a), "r"(b), "n"(4 * (at)))

#else

static inline uint32_t tq_in_register(uint32_t x) { return x; }

#define TQ_SLICED_TAKE(all, odd, lanes, mask) ((all) += (lanes), (odd) += (lanes) >> 4 & (mask))
#define TQ_SLICED_FETCH2(a, b, from, at) ((a) = (uint32_t)(from)[at], (b) = (uint32_t)(from)[(at) + 1])
#define TQ_SLICED_STORE2(table, at, a, b) ((table)[at] = (a), (table)[(at) + 1] = (b))

static inline tq_nibbles tq_nibbles_of(uint32_t word, uint32_t mask, int32_t entry_words) {
  const tq_nibbles nibbles = {word, 0, 0};
  (void)mask;
  (void)entry_words;
  return nibbles;
}

#define TQ_SLICED_ENTRY(table, nibbles, k, place, size) \
  ((table) + 16 * (size) * (place) + (size) * ((nibbles).word >> 4 * (k) & 15u))
#define TQ_SLICED_LOAD2(a, b, table, nibbles, k)                              \
  do {                                                                        \
    const uint32_t *const e_ = TQ_SLICED_ENTRY(table, nibbles, k, k, 2);      \
    (a) = e_[0];                                                              \
    (b) = e_[1];                                                              \
  } while (0)
#define TQ_SLICED_ADD2(a, b, table, nibbles, k)                               \
  do {                                                                        \
    const uint32_t *const e_ = TQ_SLICED_ENTRY(table, nibbles, k, k, 2);      \
    (a) += e_[0];                                                             \
    (b) += e_[1];                                                             \
  } while (0)
#define TQ_SLICED_ADD4(a, b, c, d, table, nibbles, k)                         \
  do {                                                                        \
    const uint32_t *const e_ = TQ_SLICED_ENTRY(table, nibbles, k, (k) % 4, 4); \
    (a) += e_[0];                                                             \
    (b) += e_[1];                                                             \
    (c) += e_[2];                                                             \
    (d) += e_[3];                                                             \
  } while (0)

#endif

/* Adds the eight look-ups of a weight word to words of bytes: three are at most 12, for which a nibble has room;
 * then all nibbles are added as they are, and the odd ones alone. */
#define TQ_SLICED_TAKE2                                           \
  do {                                                            \
    TQ_SLICED_TAKE(all_low, odd_low, low, nibble);                \
    TQ_SLICED_TAKE(all_high, odd_high, high, nibble);             \
  } while (0)
#define TQ_SLICED_ADD_WORD(table, word)                           \
  do {                                                            \
    const tq_nibbles w_ = tq_nibbles_of(word, mask, 2);           \
    uint32_t low, high;                                           \
    TQ_SLICED_LOAD2(low, high, table, w_, 0);                     \
    TQ_SLICED_ADD2(low, high, table, w_, 1);                      \
    TQ_SLICED_ADD2(low, high, table, w_, 2);                      \
    TQ_SLICED_TAKE2;                                              \
    TQ_SLICED_LOAD2(low, high, table, w_, 3);                     \
    TQ_SLICED_ADD2(low, high, table, w_, 4);                      \
    TQ_SLICED_ADD2(low, high, table, w_, 5);                      \
    TQ_SLICED_TAKE2;                                              \
    TQ_SLICED_LOAD2(low, high, table, w_, 6);                     \
    TQ_SLICED_ADD2(low, high, table, w_, 7);                      \
    TQ_SLICED_TAKE2;                                              \
  } while (0)

#endif
