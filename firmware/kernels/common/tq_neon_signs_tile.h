/* The loop over the steps of a tile of 4 rows and 8 filters.
 *
 * Registers: v0-v7 filters, v8-v11 rows, v12-v15 the rows' counts, one filter a lane, v16-v31 between. For each
 * row: X 8 exclusive ors, C 8 counts of ones in bytes, P 7 pairwise sums, which leave two bytes a filter, A one
 * widening sum; a byte sums up 64 at most. The order is laid out for a core that issues in order with 6 cycles to
 * each result (Cortex-A53): a row's sums stand between the next row's ors, and the last row's in the next step. */
#ifndef TQ_NEON_SIGNS_TILE_H
#define TQ_NEON_SIGNS_TILE_H

#include "tq_bits_words.h"
#include "tq_neon_signs.h"

#if TQ_NEON

#define X(t, row, filter) "eor v" #t ".16b, v" #row ".16b, v" #filter ".16b\n\t"
#define C(t) "cnt v" #t ".16b, v" #t ".16b\n\t"
#define P(t, u) "addp v" #t ".16b, v" #t ".16b, v" #u ".16b\n\t"
#define A(count, t) "uadalp v" #count ".8h, v" #t ".16b\n\t"
#define W0 "ldp q0, q1, [%[w], #128]!\n\t"
#define W1 "ldp q2, q3, [%[w], #32]\n\t"
#define W2 "ldp q4, q5, [%[w], #64]\n\t"
#define W3 "ldp q6, q7, [%[w], #96]\n\t"
#define L01 "ldp q8, q9, [%[x], #64]!\n\t"
#define L23 "ldp q10, q11, [%[x], #32]\n\t"

/* clang-format off */
#define FIRST \
  X(16, 8, 0) X(17, 8, 1) X(18, 8, 2) X(19, 8, 3) X(20, 8, 4) C(16) X(21, 8, 5) C(19) X(22, 8, 6) \
  X(23, 8, 7) C(20) C(18) C(21) C(17) C(22) C(23) P(18, 19) P(20, 21) P(16, 17) X(24, 9, 0) P(22, 23) \
  X(25, 9, 1) X(26, 9, 2) X(27, 9, 3) P(16, 18) X(28, 9, 4) P(20, 22) C(24) X(29, 9, 5) C(27) \
  X(30, 9, 6) X(31, 9, 7) L01 C(28) P(16, 20) C(26) C(29) C(25) C(30) C(31) A(12, 16) P(26, 27) \
  P(28, 29) P(24, 25) X(16, 10, 0) P(30, 31) X(17, 10, 1) X(18, 10, 2) X(19, 10, 3) P(24, 26) \
  X(20, 10, 4) P(28, 30) C(16) X(21, 10, 5) C(19) X(22, 10, 6) X(23, 10, 7) C(20) P(24, 28) C(18) C(21) \
  C(17) C(22) C(23) A(13, 24) P(18, 19) P(20, 21) P(16, 17) X(24, 11, 0) P(22, 23) X(25, 11, 1) W0 \
  X(26, 11, 2) X(27, 11, 3) W1 P(16, 18) X(28, 11, 4) P(20, 22) C(24) X(29, 11, 5) W2 C(27) \
  X(30, 11, 6) X(31, 11, 7) W3 L23 C(28) P(16, 20) C(26) C(29) C(25) C(30) C(31) A(14, 16) P(26, 27) \
  P(28, 29) P(24, 25)

#define LOOP \
  X(16, 8, 0) P(30, 31) X(17, 8, 1) X(18, 8, 2) X(19, 8, 3) P(24, 26) X(20, 8, 4) P(28, 30) C(16) \
  X(21, 8, 5) C(19) X(22, 8, 6) X(23, 8, 7) C(20) P(24, 28) C(18) C(21) C(17) C(22) C(23) A(15, 24) \
  P(18, 19) P(20, 21) P(16, 17) X(24, 9, 0) P(22, 23) X(25, 9, 1) X(26, 9, 2) X(27, 9, 3) P(16, 18) \
  X(28, 9, 4) P(20, 22) C(24) X(29, 9, 5) C(27) X(30, 9, 6) X(31, 9, 7) L01 C(28) P(16, 20) C(26) C(29) \
  C(25) C(30) C(31) A(12, 16) P(26, 27) P(28, 29) P(24, 25) X(16, 10, 0) P(30, 31) X(17, 10, 1) \
  X(18, 10, 2) X(19, 10, 3) P(24, 26) X(20, 10, 4) P(28, 30) C(16) X(21, 10, 5) C(19) X(22, 10, 6) \
  X(23, 10, 7) C(20) P(24, 28) C(18) C(21) C(17) C(22) C(23) A(13, 24) P(18, 19) P(20, 21) P(16, 17) \
  X(24, 11, 0) P(22, 23) X(25, 11, 1) W0 X(26, 11, 2) X(27, 11, 3) W1 P(16, 18) X(28, 11, 4) \
  P(20, 22) C(24) X(29, 11, 5) W2 C(27) X(30, 11, 6) X(31, 11, 7) W3 L23 C(28) P(16, 20) C(26) C(29) \
  C(25) C(30) C(31) A(14, 16) P(26, 27) P(28, 29) P(24, 25)

#define LAST \
  P(30, 31) P(24, 26) P(28, 30) P(24, 28) A(15, 24)

#define REST_2 \
  X(16, 8, 0) X(17, 8, 1) X(18, 8, 2) X(19, 8, 3) X(20, 9, 0) X(21, 9, 1) X(22, 9, 2) X(23, 9, 3) \
  X(24, 10, 0) X(25, 10, 1) X(26, 10, 2) X(27, 10, 3) X(28, 11, 0) X(29, 11, 1) X(30, 11, 2) \
  X(31, 11, 3) C(16) C(17) C(18) C(19) C(20) C(21) C(22) C(23) C(24) C(25) C(26) C(27) C(28) C(29) C(30) \
  C(31) P(16, 17) P(18, 19) P(20, 21) P(22, 23) P(24, 25) P(26, 27) P(28, 29) P(30, 31) P(16, 18) \
  P(20, 22) P(24, 26) P(28, 30) A(12, 16) A(13, 20) A(14, 24) A(15, 28)

#define REST_1 \
  X(16, 8, 0) X(17, 8, 1) X(18, 9, 0) X(19, 9, 1) X(20, 10, 0) X(21, 10, 1) X(22, 11, 0) X(23, 11, 1) \
  C(16) C(17) C(18) C(19) C(20) C(21) C(22) C(23) P(16, 17) P(18, 19) P(20, 21) P(22, 23) A(12, 16) \
  A(13, 18) A(14, 20) A(15, 22)
/* clang-format on */

/* Adds to counts[row] what the tile's rows and filters differ in; `w` is the block's first word. */
#define TQ_SIGNS_TILE(rows, filters, size, count0, count1, count2, count3)                             \
  do {                                                                                                 \
    const uint32_t *x = (rows), *w = (filters);                                                        \
    int32_t left = (size).steps;                                                                       \
    __asm__("ldp q8, q9, [%[x]]\n\tldp q10, q11, [%[x], #32]\n\tldp q0, q1, [%[w]]\n\t" W1 W2 W3       \
            "cbz %w[left], 2f\n\t" FIRST                                                               \
            "subs %w[left], %w[left], #1\n\tb.eq 1f\n\t"                                               \
            "0:\n\t" LOOP                                                                              \
            "subs %w[left], %w[left], #1\n\tb.ne 0b\n\t"                                               \
            "1:\n\t" LAST                                                                              \
            "2:\n\tcbz %w[rest], 4f\n\ttbz %w[rest], #1, 3f\n\t" REST_2                                \
            "b 4f\n\t"                                                                                 \
            "3:\n\t" REST_1                                                                            \
            "4:\n\t"                                                                                   \
            : [x] "+r"(x), [w] "+r"(w), [left] "+r"(left), "+w"(count0), "+w"(count1), "+w"(count2),   \
              "+w"(count3)                                                                             \
            : [rest] "r"((size).rest)                                                                  \
            : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v16", "v17",  \
              "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29",      \
              "v30", "v31", "cc", "memory");                                                           \
  } while (0)

#else

/* Words that differ in row `row`, of a panel of so many, and filter `filter` of a block, counted. */
static inline uint32_t tq_signs_differing(const uint32_t *rows, const uint32_t *filters, tq_signs_size size,
                                          int32_t panel_rows, int32_t row, int32_t filter) {
  const int32_t step_words = 4 * panel_rows;
  const uint32_t *const row_rest = rows + step_words * size.steps + 4 * row;
  const uint32_t *const filter_rest = filters + 32 * size.steps + size.rest * filter;
  uint32_t ones = 0;

  for (int32_t step = 0; step < size.steps; step++) {
    for (int32_t i = 0; i < 4; i++) {
      ones += tq_ones(rows[step_words * step + 4 * row + i] ^ filters[32 * step + 4 * filter + i]);
    }
  }
  for (int32_t i = 0; i < size.rest; i++) ones += tq_ones(row_rest[i] ^ filter_rest[i]);
  return ones;
}

/* What tq_neon_signs_bits says of a row and a block. */
static inline uint8_t tq_signs_byte(const uint32_t *rows, const uint32_t *filters, tq_signs_size size,
                                    int32_t panel_rows, int32_t row, const uint16_t *start) {
  uint32_t byte = 0;

  for (int32_t i = 0; i < 8; i++) {
    const uint32_t sum = start[i] + tq_signs_differing(rows, filters, size, panel_rows, row, i);
    byte |= (sum >> 15 & 1u) << i;
  }
  return (uint8_t)byte;
}

#endif

#endif
