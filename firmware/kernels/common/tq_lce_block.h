/* LceBconv2d with several output positions at a time: the words that they see are laid side by side, so that one
 * word of the filter meets all of them, and loops over positions become vector instructions where there are any. */
#ifndef TQ_LCE_BLOCK_H
#define TQ_LCE_BLOCK_H

#include "tq_lce_bconv_2d.h"

#define TQ_LCE_POSITIONS 16

/* Output positions, one behind another; those behind the output's last one repeat it. */
typedef struct {
  uint32_t *words;                    /* [words of a filter][TQ_LCE_POSITIONS]; +1 outside the input */
  int32_t filter_words;
  int32_t count;                      /* positions to be written */
  int32_t outside[TQ_LCE_POSITIONS];  /* taps outside the input */
  int32_t y0[TQ_LCE_POSITIONS], x0[TQ_LCE_POSITIONS]; /* of the first tap */
} tq_lce_block;

/* Writes channel `channel` of `count` positions, the first one's first channel at `pixels`. */
typedef void tq_lce_write_block(const tq_lce_bconv_params *params, const tq_lce_count *counts, int32_t count,
                                int32_t channel, uint8_t *pixels, int32_t pixel_bytes);

/* As tq_lce_bconv_2d; scratch holds the words of a block. */
void tq_lce_bconv_2d_blocks(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                            const int32_t *filter, tq_lce_write_block *write, void *output,
                            int32_t pixel_bytes, void *scratch);
int32_t tq_lce_bconv_2d_blocks_scratch(const tq_conv_dims *dims);

/* Collect what the positions from `first` on see; `group` is the input at the group's first word. */
void tq_lce_gather(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *group, int32_t first,
                   tq_lce_block *block);

/* Places where each position differs from a filter. */
void tq_lce_differing(const tq_lce_block *block, const int32_t *filter, int32_t bits[TQ_LCE_POSITIONS]);

/* What the taps outside the input change in the count of position `position`. */
void tq_lce_mend_outside(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const tq_lce_block *block,
                         const int32_t *filter, int32_t position, tq_lce_count *count);

#endif
