/* int8 weights, for cores without SIMD instructions: inputs of a window are words, which a load of many takes four of,
 * and serve all filters, four positions at a time. */
#ifndef TQ_SWAR_INT8_H
#define TQ_SWAR_INT8_H

#include "tq_swar_lines.h"

enum { TQ_SWAR_FOUR = 4 };

/* How scratch is divided. taps: of a filter; chunk: of them at a time; filters: at a time. */
typedef struct {
  int32_t taps, chunk, filters;
  int32_t x_bytes, sums_bytes;
} tq_swar_int8_plan;

tq_swar_int8_plan tq_swar_int8_plan_of(const tq_conv_dims *dims);
int32_t tq_swar_int8_scratch(const tq_conv_dims *dims);

/* The next `count` taps of a tile's windows -> [2][count][TQ_SWAR_FOUR]. */
void tq_swar_widen(tq_swar_walk *walk, int32_t count, int32_t *x);

/* Adds products with x [taps][TQ_SWAR_FOUR] to the first four of sums [filters][TQ_SWAR_TILE]. Weights of a filter are
 * `step` apart, its first one and the next one's `next`. */
void tq_swar_products(int32_t *sums, const int32_t *x, int32_t taps, const int8_t *weights, int32_t step, int32_t next,
                      int32_t filters);

/* Filters of one row, or one column, that see one channel, slide along lines of its inputs, as words: `words` of one,
 * one above the other. positions: of an output row at a time, in fours; 0: there is no room for it. */
typedef struct {
  int32_t taps, positions, words;
} tq_swar_int8_lines;

tq_swar_int8_lines tq_swar_int8_lines_of(const tq_conv_dims *dims);

static inline int tq_swar_int8_is_line(const tq_conv_dims *dims) {
  return dims->filter.c == 1 && (dims->filter.h == 1 || dims->filter.w == 1) && tq_swar_int8_lines_of(dims).positions > 0;
}

/* `tiles` times the sums of TQ_SWAR_FOUR neighbours -> sums. weights: [taps]; x of the next tap is `pitch` bytes
 * further. */
void tq_swar_slide(int32_t *sums, const int32_t *x, int32_t tiles, const int32_t *weights, int32_t taps, int32_t pitch);

/* The layer, where tq_swar_int8_is_line, stride_w is 1, and dilation_w, or the filter's width. Arguments as below. */
void tq_swar_int8_along(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                        const int8_t *weights, int32_t step, int32_t next, const int32_t *bias, int8_t *output,
                        void *scratch);

/* Weights of a filter are `step` apart, the first ones of filters `next`. The bias is not NULL, and has the zero
 * point's part. scratch: tq_swar_int8_scratch(dims) bytes. */
void tq_swar_int8(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input, const int8_t *weights,
                  int32_t step, int32_t next, const int32_t *bias, int8_t *output, void *scratch);

#endif
