/* Filters of one row that see one channel each: depthwise ones, and those of inputs of one channel. Such a channel is
 * laid out as a row of its own; filters slide along it, four positions at a time. */
#ifndef TQ_MVE_ROWS_H
#define TQ_MVE_ROWS_H

#include "tinyq/tq_types.h"
#include "tq_mve_scales.h"

enum {
  TQ_MVE_ALONG = 384, /* positions at a time */
  TQ_MVE_BEHIND = 80  /* bytes behind a row that are read, and not used */
};

/* Bytes of a filter: filled up with 0. */
static inline int32_t tq_mve_row_bytes(const tq_conv_dims *dims) { return (dims->filter.w + 15) / 16 * 16; }

/* Whether the filters are of this kind, neither strided nor dilated along the row. */
static inline int tq_mve_are_rows(const tq_conv_params *params, const tq_conv_dims *dims) {
  return dims->filter.h == 1 && dims->filter.w >= 8 && params->stride_w == 1 && params->dilation_w == 1 &&
         dims->output.c < 8192;
}

/* sums[i] = the sum of x[i + k] * w[k], for all i < count and more up to a multiple of four; bytes: a multiple of 16. */
void tq_mve_slide(const int8_t *x, const int8_t *w, int32_t bytes, int32_t count, int32_t *sums);

/* Sums of positions -> outputs of channel `channel`, `step` apart; sums may be changed. total: the sum of the weights,
 * or codes. */
void tq_mve_outputs_along(const tq_mve_layer *layer, int32_t channel, int32_t total, int32_t count,
                          const int32_t *sums, int8_t *output, int32_t step);

/* The kernel. scratch: 4-byte aligned, tq_mve_rows_scratch bytes, of which the first ones are the filters
 * [output.c][tq_mve_row_bytes]. */
void tq_mve_rows(const tq_conv_params *params, const tq_conv_dims *dims, const tq_mve_layer *layer,
                 const int8_t *input, int8_t *output, void *scratch);
int32_t tq_mve_rows_scratch(const tq_conv_dims *dims);

#endif
