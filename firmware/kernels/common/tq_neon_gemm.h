/* Conv2D of int8 by int8 weights, or by codes of -1, 0 and 1, as products of panels, for the family "neon".
 *
 * Products are added up in three ways: of codes in int16 lanes (|x| <= 128: 255 products a lane fit), of weights in
 * pairs of products (2 * 128 * 127 < 2^15), then int32; and, where the core has it, by SDOT. Panels, of steps of 16
 * inputs, what is beyond a row being 0 in the filters:
 *   rows     [blocks][steps][tile rows][16]
 *   filters  [blocks][steps][4 filters][16], or, for SDOT, [blocks][steps][4][4 filters][4]
 */
#ifndef TQ_NEON_GEMM_H
#define TQ_NEON_GEMM_H

#include "tinyq/tq_kernels_arm64.h"

#define TQ_GEMM_ROWS 8 /* output positions of a panel of rows */

typedef struct {
  int32_t steps, filters; /* filters: rounded up to 4 */
  int32_t codes, dot;     /* whether weights are codes; whether by SDOT */
} tq_gemm_size;

/* Whether the core that runs has SDOT. */
int32_t tq_neon_has_dot(void);

/* Filters [filters][count] -> panel, and the sum of each. */
void tq_neon_gemm_filters(const int8_t *weights, int32_t filters, int32_t count, tq_gemm_size size, int8_t *panel,
                          int32_t *totals);

/* sums[row][filter]: start[filter] and the sum of products, of TQ_GEMM_ROWS rows. */
void tq_neon_gemm(const int8_t *rows, const int8_t *filters, tq_gemm_size size, const int32_t *start, int32_t *sums);
void tq_neon_gemm_dot(const int8_t *rows, const int8_t *filters, tq_gemm_size size, const int32_t *start,
                      int32_t *sums);

/* The whole kernel: weights [filter.n][taps], one group. codes: they are -1, 0 and 1. Returns whether it is one for
 * it. */
int32_t tq_neon_conv_2d_gemm(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                             const int8_t *weights, int32_t codes, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_neon_conv_2d_gemm_scratch(const tq_conv_dims *dims);

#endif
