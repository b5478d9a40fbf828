/* The products of one output position, for a block of output channels. */
#ifndef TQ_WINDOW_SUM_H
#define TQ_WINDOW_SUM_H

#include <stdint.h>

#define TQ_BLOCK 4 /* output channels that are computed together, so that an input is loaded once for all */

/* Rows of runs of `run` neighbouring elements. */
typedef struct {
  const int8_t *x; /* first input element */
  int32_t tap;     /* first filter element, counted from the filter's start */
  int32_t rows, runs, run;
  int32_t x_run_gap, x_row_gap; /* elements to skip in the input behind a run, behind a row */
  int32_t tap_row_gap;          /* elements to skip in the filter behind a row */
  int32_t zero_point;           /* of the input */
} tq_window;

/* sums[k] = sum over the window of (x - zero point) * weight (or code) of the block's channel k. */
typedef void tq_window_sum(const tq_window *window, const void *filters, int32_t sums[TQ_BLOCK]);

/* filters: const int8_t *[TQ_BLOCK], one filter a channel. */
tq_window_sum tq_window_sum_int8;

/* filters: int32_t [taps][TQ_BLOCK / 2]: code of one channel + 2^16 * code of the next. One multiplication
 * gives the products of both, and adding them up both sums, until one of them leaves 16 bits. */
tq_window_sum tq_window_sum_pairs;

/* Put the codes of channel k = 0, 1, 2, 3 of the block, in this order, into `pairs` [count][TQ_BLOCK / 2]. */
void tq_pair_codes(const int8_t *codes, int32_t count, int32_t k, int32_t *pairs);

#endif
