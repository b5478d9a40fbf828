/* Larq Compute Engine's operators, as its converter writes them: what its interpreter computes when it loads a
 * file is computed here in the same order, in double. */
#ifndef TQ_LOAD_LCE_H
#define TQ_LOAD_LCE_H

#include "tinyq/tq_kernels_lce.h"
#include "tq_packed_tensors.h"

/* Options of LCE's names: padding, stride_height, dilation_height_factor (where `dilated`), ...; axis 'h' or 'w'. */
tq_axis tq_lce_axis(tq_loading *loading, char axis, int32_t size, int32_t filter_size, int dilated);

/* Input 0, NHWC, in channels. It may have any scale: signs have none. */
tq_dims tq_lce_image(tq_loading *loading, int32_t channels_in);

/* Input 1: [c_out, h, w, words]; returned in channels, of one group. */
tq_dims tq_lce_filter(tq_loading *loading, int32_t channels_in);

/* pad_value and corrected; channels_in: of the input. */
void tq_lce_padding(tq_loading *loading, tq_element output, int32_t channels_in, tq_lce_bconv_params *params);

/* The fused activation, as limits of twice the places that differ; `products` of an output. */
void tq_lce_clamp(tq_loading *loading, int32_t products, tq_lce_bconv_params *params);

/* Multiplier and bias of the places that differ: sum = products - 2 * places. */
void tq_lce_transform(tq_loading *loading, tq_element output, int32_t channels, int32_t products,
                      tq_lce_bconv_params *params);

/* A constant of one element an output channel. */
const void *tq_lce_per_channel(tq_loading *loading, int32_t position, const char *role, tq_element element,
                               int32_t channels);

#endif
