/* LceBconv2d with tq_sliced_conv: D is the number of places that differ. */
#ifndef TQ_SLICED_LCE_H
#define TQ_SLICED_LCE_H

#include "tq_lce_block.h"
#include "tq_sliced.h"

/* What tq_sliced.params points to. */
typedef struct {
  const tq_lce_bconv_params *params;
  tq_lce_write *write;
  int32_t pixel_bytes; /* of all output channels at a position */
} tq_sliced_lce_output;

/* `write` writes one channel at one position; scratch: tq_sliced_scratch(dims) bytes. Sums that lanes have no room for
 * are computed one by one. */
void tq_sliced_lce(const tq_sliced_lce_output *to, const tq_conv_dims *dims, const int32_t *input,
                   const int32_t *filter, tq_sliced_core *core, tq_sliced_store *store, void *output, void *scratch);
void tq_sliced_lce_a1(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                      const int32_t *filter, int32_t *output, tq_sliced_core *core, void *scratch);
void tq_sliced_lce_a8(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                      const int32_t *filter, int8_t *output, tq_sliced_core *core, void *scratch);
void tq_sliced_lce_f32(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                       const int32_t *filter, float *output, tq_sliced_core *core, void *scratch);

/* Any output, with `write`; packed, where channels begin a word and no tap outside changes a count. */
tq_sliced_store tq_sliced_store_lce, tq_sliced_store_lce_a1;

/* Whether taps outside the input make a count another than with +1 there. */
static inline int32_t tq_sliced_mended(const tq_lce_bconv_params *params) {
  return params->corrected || !params->pad_value;
}

/* Whether a window of the block's positions reaches outside the input. */
static inline int32_t tq_sliced_reaches_outside(const tq_sliced *layer) {
  const tq_dims in = layer->dims->input, filter = layer->dims->filter;
  const tq_sliced_block *const block = &layer->block;

  return block->top < 0 || block->left < 0 || block->bottom + (filter.h - 1) * layer->dilation_h >= in.h ||
         block->right + (filter.w - 1) * layer->dilation_w >= in.w;
}

#endif
