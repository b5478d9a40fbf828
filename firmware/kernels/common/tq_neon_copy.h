/* The rows of int8 that an output row sees, copied with what is beside the input. */
#ifndef TQ_NEON_COPY_H
#define TQ_NEON_COPY_H

#include "tinyq/tq_types.h"

/* copy: [filter.h][width][input.c], the zero point beside the input. */
void tq_neon_copy_rows(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *image, int32_t oy,
                       int32_t width, int8_t *copy);

#endif
