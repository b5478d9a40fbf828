/* The loop over the steps of a tile of 8 rows and 8 filters: tq_neon_signs_tile.h of twice as many rows, whose filters
 * are read once.
 *
 * Registers: v0-v7 filters, v8-v15 the rows' counts, v16 and v17 two rows, v18-v31 between. Rows of an even number and
 * of an odd one take turns in v18-v23 and v24-v29; both have v30 and v31, of filters 6 and 7, which come late. */
#ifndef TQ_NEON_SIGNS_WIDE_H
#define TQ_NEON_SIGNS_WIDE_H

#include "tq_neon_signs_tile.h"

#if TQ_NEON

#define ROWS(at) "ldp q16, q17, [%[x], #" #at "]\n\t"
#define NEXT_ROWS "ldp q16, q17, [%[x], #128]!\n\t"

/* clang-format off */
#define EVEN_FIRST \
  X(18, 16, 0) X(19, 16, 1) X(20, 16, 2) X(21, 16, 3) X(22, 16, 4) C(18) X(23, 16, 5) C(21) X(30, 16, 6) \
  X(31, 16, 7) C(22) C(20) C(23) C(19) C(30) C(31) P(20, 21) P(22, 23) P(18, 19)

#define EVEN(before) \
  X(18, 16, 0) P(30, 31) X(19, 16, 1) X(20, 16, 2) X(21, 16, 3) P(24, 26) X(22, 16, 4) P(28, 30) C(18) \
  X(23, 16, 5) C(21) X(30, 16, 6) X(31, 16, 7) C(22) P(24, 28) C(20) C(23) C(19) C(30) C(31) A(before, 24) \
  P(20, 21) P(22, 23) P(18, 19)

#define ODD(before, w0, w1, w2, w3, rows) \
  X(24, 17, 0) P(30, 31) X(25, 17, 1) w0 X(26, 17, 2) X(27, 17, 3) w1 P(18, 20) X(28, 17, 4) P(22, 30) C(24) \
  X(29, 17, 5) w2 C(27) X(30, 17, 6) X(31, 17, 7) w3 rows C(28) P(18, 22) C(26) C(29) C(25) C(30) C(31) \
  A(before, 18) P(26, 27) P(28, 29) P(24, 25)

#define BEHIND_FIRST_ROW \
  ODD(8, , , , , ROWS(32)) EVEN(9) ODD(10, , , , , ROWS(64)) EVEN(11) ODD(12, , , , , ROWS(96)) EVEN(13) \
  ODD(14, W0, W1, W2, W3, NEXT_ROWS)

#define WIDE_LAST P(30, 31) P(24, 26) P(28, 30) P(24, 28) A(15, 24)

#define WIDE_REST_2 \
  X(18, 16, 0) X(19, 16, 1) X(20, 16, 2) X(21, 16, 3) X(22, 17, 0) X(23, 17, 1) X(24, 17, 2) X(25, 17, 3) \
  ROWS(32) C(18) C(19) C(20) C(21) C(22) C(23) C(24) C(25) P(18, 19) P(20, 21) P(22, 23) P(24, 25) \
  X(26, 16, 0) X(27, 16, 1) X(28, 16, 2) X(29, 16, 3) X(30, 17, 0) X(31, 17, 1) X(19, 17, 2) X(21, 17, 3) \
  ROWS(64) P(18, 20) P(22, 24) C(26) C(27) C(28) C(29) A(8, 18) A(9, 22) C(30) C(31) C(19) C(21) \
  P(26, 27) P(28, 29) P(30, 31) P(19, 21) X(23, 16, 0) X(25, 16, 1) X(20, 16, 2) X(24, 16, 3) X(18, 17, 0) \
  X(22, 17, 1) X(27, 17, 2) X(29, 17, 3) ROWS(96) P(26, 28) P(30, 19) C(23) C(25) C(20) C(24) A(10, 26) \
  A(11, 30) C(18) C(22) C(27) C(29) P(23, 25) P(20, 24) P(18, 22) P(27, 29) X(31, 16, 0) X(21, 16, 1) \
  X(28, 16, 2) X(19, 16, 3) X(26, 17, 0) X(30, 17, 1) X(25, 17, 2) X(24, 17, 3) P(23, 20) P(18, 27) C(31) \
  C(21) C(28) C(19) A(12, 23) A(13, 18) C(26) C(30) C(25) C(24) P(31, 21) P(28, 19) P(26, 30) \
  P(25, 24) P(31, 28) P(26, 25) A(14, 31) A(15, 26)

#define WIDE_REST_1 \
  X(18, 16, 0) X(19, 16, 1) X(20, 17, 0) X(21, 17, 1) ROWS(32) C(18) C(19) C(20) C(21) P(18, 19) \
  P(20, 21) X(22, 16, 0) X(23, 16, 1) X(24, 17, 0) X(25, 17, 1) ROWS(64) C(22) C(23) A(8, 18) A(9, 20) \
  C(24) C(25) P(22, 23) P(24, 25) X(26, 16, 0) X(27, 16, 1) X(28, 17, 0) X(29, 17, 1) ROWS(96) C(26) \
  C(27) A(10, 22) A(11, 24) C(28) C(29) P(26, 27) P(28, 29) X(30, 16, 0) X(31, 16, 1) X(19, 17, 0) \
  X(21, 17, 1) C(30) C(31) A(12, 26) A(13, 28) C(19) C(21) P(30, 31) P(19, 21) A(14, 30) A(15, 19)
/* clang-format on */

/* Adds to count0..7, v8-v15, what the tile's rows and filters differ in; `w` is the block's first word. */
#define TQ_SIGNS_WIDE(rows, filters, size, count0, count1, count2, count3, count4, count5, count6, count7)  \
  do {                                                                                                      \
    const uint32_t *x = (rows), *w = (filters);                                                             \
    int32_t left = (size).steps;                                                                            \
    __asm__(ROWS(0) "ldp q0, q1, [%[w]]\n\t" W1 W2 W3                                                       \
            "cbz %w[left], 2f\n\t" EVEN_FIRST BEHIND_FIRST_ROW                                              \
            "subs %w[left], %w[left], #1\n\tb.eq 1f\n\t"                                                    \
            "0:\n\t" EVEN(15) BEHIND_FIRST_ROW                                                              \
            "subs %w[left], %w[left], #1\n\tb.ne 0b\n\t"                                                    \
            "1:\n\t" WIDE_LAST                                                                              \
            "2:\n\tcbz %w[rest], 4f\n\ttbz %w[rest], #1, 3f\n\t" WIDE_REST_2                               \
            "b 4f\n\t"                                                                                      \
            "3:\n\t" WIDE_REST_1                                                                            \
            "4:\n\t"                                                                                        \
            : [x] "+r"(x), [w] "+r"(w), [left] "+r"(left), "+w"(count0), "+w"(count1), "+w"(count2),        \
              "+w"(count3), "+w"(count4), "+w"(count5), "+w"(count6), "+w"(count7)                          \
            : [rest] "r"((size).rest)                                                                       \
            : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19", "v20", "v21",     \
              "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "cc", "memory");        \
  } while (0)

#endif

#endif
