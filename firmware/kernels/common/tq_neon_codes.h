/* Conv2D of ternary and binary weights for the family "neon": with tables or products, what is faster. */
#ifndef TQ_NEON_CODES_H
#define TQ_NEON_CODES_H

#include "tinyq/tq_kernels_arm64.h"

/* base: 3 or 2. Returns whether it is one for it. */
int32_t tq_neon_conv_2d_codes(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t base, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_neon_conv_2d_codes_scratch(const tq_conv_dims *dims);

#endif
