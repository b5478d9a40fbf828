/* int8 to packed codes for the family "mve", several rows at a time. */
#ifndef TQ_MVE_QUANTIZE_H
#define TQ_MVE_QUANTIZE_H

#include "tq_quantize_limits.h"

/* The first rows of `rows`, of 8 or 16 channels -> codes of two to four levels; how many of them, which are none of other
 * channels and where a threshold is one that no value exceeds. */
int32_t tq_mve_quantize_rows(const tq_quantize_limits *than, int32_t levels, int32_t rows, int32_t depth,
                             const int8_t *input, int32_t *output);

#endif
