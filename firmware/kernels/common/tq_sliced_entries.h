/* The sixteen entries of a nibble, for two words of lanes at a time. */
#ifndef TQ_SLICED_ENTRIES_H
#define TQ_SLICED_ENTRIES_H

#include "tq_sliced_lookup.h"

#define TQ_SLICED_STEP(size, at, pattern, sign, i)                 \
  do {                                                             \
    low = low sign low##i;                                         \
    high = high sign high##i;                                      \
    TQ_SLICED_STORE2(table, (size) * (pattern) + (at), low, high); \
  } while (0)

/* Words `at` and the next of the entries of `size` words in `table`; (low, high) is the first entry, (low0, high0)
 * what weight bit 0 changes, ... In an order in which one bit of the pattern changes at a time, each is the one
 * before it, more or less a change. Sums of lanes never leave their field, so words of lanes add up as a whole. */
#define TQ_SLICED_ENTRIES(size, at)                      \
  do {                                                   \
    TQ_SLICED_STORE2(table, at, low, high);              \
    TQ_SLICED_STEP(size, at, 1, +, 0);                   \
    TQ_SLICED_STEP(size, at, 3, +, 1);                   \
    TQ_SLICED_STEP(size, at, 2, -, 0);                   \
    TQ_SLICED_STEP(size, at, 6, +, 2);                   \
    TQ_SLICED_STEP(size, at, 7, +, 0);                   \
    TQ_SLICED_STEP(size, at, 5, -, 1);                   \
    TQ_SLICED_STEP(size, at, 4, -, 0);                   \
    TQ_SLICED_STEP(size, at, 12, +, 3);                  \
    TQ_SLICED_STEP(size, at, 13, +, 0);                  \
    TQ_SLICED_STEP(size, at, 15, +, 1);                  \
    TQ_SLICED_STEP(size, at, 14, -, 0);                  \
    TQ_SLICED_STEP(size, at, 10, -, 2);                  \
    TQ_SLICED_STEP(size, at, 11, +, 0);                  \
    TQ_SLICED_STEP(size, at, 9, -, 1);                   \
    TQ_SLICED_STEP(size, at, 8, -, 0);                   \
  } while (0)

#endif
