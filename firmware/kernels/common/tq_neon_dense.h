/* FullyConnected of int8 by int8 weights or codes for the family "neon", a row of weights at a time. */
#ifndef TQ_NEON_DENSE_H
#define TQ_NEON_DENSE_H

#include "tinyq/tq_kernels_arm64.h"

#define TQ_DENSE_CODES 1280 /* of a row that are unpacked at a time: 16 bytes hold 80 */

/* Sum of (x - zero_point) * weight. codes: weights are -1, 0 and 1. */
int32_t tq_neon_dense_sum(const int8_t *x, const int8_t *weights, int32_t count, int32_t zero_point, int32_t codes);

/* base: 3 or 2; packed: [c_out, c_in] codes. */
void tq_neon_dense_codes(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                         const int8_t *input, const uint8_t *packed, int32_t base, const int32_t *bias,
                         int8_t *output);

#endif
