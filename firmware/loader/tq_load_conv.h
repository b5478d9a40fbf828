/* What TqConv2D, TqDepthwiseConv2D and TqTransposeConv have in common once their filters are known. */
#ifndef TQ_LOAD_CONV_H
#define TQ_LOAD_CONV_H

#include "tq_packed_weights.h"

typedef void tq_conv_kernel(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                            const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
typedef void tq_conv_keeping(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                             const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch, void *kept);
typedef int32_t tq_conv_scratch(const tq_conv_dims *dims);

typedef struct {
  tq_conv_kernel *run;
  tq_conv_scratch *scratch;
} tq_conv_variant;

/* Options besides the filter's, params, dims and kernel. NULL after a refusal. */
void *tq_load_conv(tq_loading *loading, const tq_conv_variant *variants, tq_dims input, tq_dims filter,
                   const tq_packed_weights *weights);

/* The same where steps, padding and output size are known. */
void *tq_load_scanned_conv(tq_loading *loading, const tq_conv_variant *variants, const tq_conv_dims *dims, tq_axis h,
                           tq_axis w, const tq_packed_weights *weights);

/* Refuse a filter whose scratch memory, `bytes` and all that a kernel may want beside it, is no 32-bit number. */
void tq_check_scratch(tq_loading *loading, int64_t bytes);

/* Let a loaded one be run by a kernel that keeps its weights, if the runtime has the memory. */
void tq_let_conv_keep(tq_loading *loading, void *state, tq_conv_keeping *keeping, tq_conv_scratch *bytes);

/* `run` of these operators. */
void tq_run_conv(const void *state, const void *const *inputs, void *output, void *scratch);

#endif
