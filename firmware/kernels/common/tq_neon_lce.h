/* LceBconv2d for the family "neon": what its three kernels share. */
#ifndef TQ_NEON_LCE_H
#define TQ_NEON_LCE_H

#include "tinyq/tq_kernels_arm64.h"
#include "tq_lce_bconv_2d.h"
#include "tq_neon_bits.h"

/* The real value of all channels at a position: places that differ [channels rounded up to 8], and, if `beside`, the
 * signs of the taps outside, to what the operator adds them. */
typedef void tq_neon_lce_write(const tq_lce_bconv_params *params, int32_t channels, const uint16_t *counts,
                               const int32_t *beside, void *output);

/* Begins a layer of an operator without groups: signs, panels, what taps outside add. Returns 0 if it is not one for
 * these kernels. */
int32_t tq_neon_lce_begin(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                          const int32_t *filter, tq_signs_layer *layer, void *scratch);

/* The whole kernel, of outputs that are no bits; pixel_bytes: of all channels. Returns 0 if it is not one for it. */
int32_t tq_neon_lce_bconv_2d(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                             const int32_t *filter, tq_neon_lce_write *write, void *output, int32_t pixel_bytes,
                             void *scratch);
int32_t tq_neon_lce_scratch(const tq_conv_dims *dims);

#endif
