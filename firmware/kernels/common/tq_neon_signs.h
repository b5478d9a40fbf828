/* Rows of signs times filters of signs, 4 or 8 rows by 8 filters at a time: where do their bits differ?
 *
 * A row's words are cut into steps of 4 words and a rest of 0, 1 or 2 (3 are a step with a word of zeros). The
 * panels lie as the loop reads them:
 *   rows     [steps][rows][4 words], then the rest, [rows][4 words]: one word four times, or two twice
 *   filters  [blocks][steps][8 filters][4 words], then the rest, [8 filters][rest]
 * The loop loads one step more than there is: TQ_SIGNS_BEHIND bytes behind either panel are read, not used. */
#ifndef TQ_NEON_SIGNS_H
#define TQ_NEON_SIGNS_H

#include <stdint.h>

#include "tq_neon.h"

#define TQ_SIGNS_BEHIND 128
#define TQ_SIGNS_MOST 32000 /* bits of a row, so that counts and thresholds fit 16 bits */

typedef struct {
  int32_t steps, rest; /* of a row */
  int32_t blocks;      /* of 8 filters */
} tq_signs_size;

static inline tq_signs_size tq_signs_size_of(int32_t words, int32_t filters) {
  const int32_t rest = words % 4 == 3 ? 0 : words % 4;
  return (tq_signs_size){(words - rest + 3) / 4, rest, (filters + 7) / 8};
}

#define TQ_SIGNS_ROWS 8 /* the most of a panel */

/* Words of a panel of TQ_SIGNS_ROWS rows, and of one of all filters, with what is read behind it. */
static inline int32_t tq_signs_row_words(tq_signs_size size) {
  return 4 * TQ_SIGNS_ROWS * (size.steps + (size.rest > 0)) + TQ_SIGNS_BEHIND / 4;
}
static inline int32_t tq_signs_block_words(tq_signs_size size) { return 32 * size.steps + 8 * size.rest; }
static inline int32_t tq_signs_filter_words(tq_signs_size size) {
  return size.blocks * tq_signs_block_words(size) + TQ_SIGNS_BEHIND / 4;
}

/* Lay plane `plane` of filters, [filters][taps][planes][words], into their panel. */
void tq_neon_signs_filters(const int32_t *filter, int32_t filters, int32_t taps, int32_t words, int32_t planes,
                           int32_t plane, uint32_t *panel);

/* bits[block][8]: of row `row` of 4, or of a panel of 8, bit i is whether start[row][8 * block + i] plus the places where
 * the row differs from filter 8 * block + i reaches 2^15. */
typedef void tq_signs_bits(const uint32_t *rows, const uint32_t *filters, tq_signs_size size,
                           const uint16_t *const *start, uint8_t *bits);
tq_signs_bits tq_neon_signs_bits, tq_neon_signs_wide;

/* counts[row][8 * block + i]: places where the row differs from the filter. */
void tq_neon_signs_counts(const uint32_t *rows, const uint32_t *filters, tq_signs_size size,
                          uint16_t *counts);

#endif
