/* How tq_sliced_conv goes through a group of channels. */
#ifndef TQ_SLICED_PLAN_H
#define TQ_SLICED_PLAN_H

#include "tq_sliced.h"
#include "tq_sliced_lookup.h"

/* What is the same for all blocks of a group. */
typedef struct {
  int32_t taps, words, x_words, w_row, units, most; /* most: units of a tile */
  int32_t two, pairs, holes, in_bytes, tight;
  int32_t group_word; /* of the input's rows */
  int32_t seen;       /* the tap that block.seen is for */
  uint32_t zeros[TQ_SLICED_SUMS]; /* of holes: as a channel's sums */
} tq_sliced_plan;

/* Words of a unit: offsets and table. */
static inline int32_t tq_sliced_unit_words(const tq_sliced_plan *p) {
  return TQ_SLICED_OFFSETS + (p->in_bytes || p->pairs ? 4 : 2) * TQ_SLICED_WORD_ENTRIES;
}

/* Units [unit, end) of what the block's positions see, and the end behind them. */
void tq_sliced_fill(tq_sliced *layer, tq_sliced_plan *p, int32_t unit, int32_t end, uint32_t *to);

#endif
