/* int8 to packed codes for the family "mve", several rows at a time. */
#ifndef TQ_MVE_QUANTIZE_H
#define TQ_MVE_QUANTIZE_H

#include "tinyq/tq_kernels_bits.h"

/* The first rows of these -> codes of two to four levels; how many of them, which are none but of 8 and 16 channels,
 * and none where a threshold is one that no value exceeds. */
int32_t tq_mve_quantize_rows(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, const int8_t *input,
                             int32_t *output);

#endif
