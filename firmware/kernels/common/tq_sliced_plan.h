/* How tq_sliced_conv goes through a group of channels. */
#ifndef TQ_SLICED_PLAN_H
#define TQ_SLICED_PLAN_H

#include "tq_sliced.h"

/* What is the same for all blocks of a group. */
typedef struct {
  int32_t taps, words, x_words, w_row, units, most; /* most: units of a tile */
  int32_t two, pairs, holes, in_bytes, tight;
  int32_t group_word; /* of the input's rows */
  int32_t seen;       /* the tap that block.seen is for */
  int32_t known;      /* rows of taps whose tables the block before left: those below are new */
  int32_t top;        /* the row of places in which the first row of taps lies; they go round */
  uint32_t zeros[TQ_SLICED_SUMS]; /* of holes: as a channel's sums */
} tq_sliced_plan;

/* Words of a unit: offsets and table. */
static inline int32_t tq_sliced_unit_words(const tq_sliced_plan *p) {
  return TQ_SLICED_OFFSETS + (p->in_bytes || p->pairs ? 4 : 2) * TQ_SLICED_WORD_ENTRIES;
}

/* Units [unit, end) of what the block's positions see, and the end behind them. A unit is for places: tap (y, x) has
 * place ((y + top) % filter.h, x). Tables of known rows are there. */
void tq_sliced_fill(tq_sliced *layer, tq_sliced_plan *p, int32_t unit, int32_t end, uint32_t *to);

#endif
