/* Conv2D of int8 by int8 weights, or by codes of -1, 0 and 1, as products of rows and panels, for the family "neon".
 *
 * Products are added up in three ways: of codes in int16 lanes (|x| <= 128: 255 products a lane fit), of weights in
 * pairs of products (2 * 128 * 127 < 2^15), then int32; and, where the core has it, by SDOT. Sums of four positions
 * and four filters are scaled where they are, in registers. A row is what a position sees; the filters' panel, of
 * steps of 16 inputs, is 0 beyond its end:
 *   [blocks][steps][4 filters][16], or, for SDOT, [blocks][steps][4][4 filters][4]
 */
#ifndef TQ_NEON_GEMM_H
#define TQ_NEON_GEMM_H

#include "tinyq/tq_kernels_arm64.h"
#include "tq_outputs.h"

#define TQ_GEMM_ROWS 4096 /* bytes of rows that are laid at a time, if those are 8 rows or more */

typedef struct {
  int32_t channels, filters;   /* channels of the output; those rounded up to 4 */
  int32_t steps, rest;         /* of 16 inputs; whether one of 8 follows */
  int32_t codes, dot, right;   /* whether weights are codes; whether by SDOT; whether all shifts are below 0 */
  int32_t zero_point, min, max;
  const int8_t *panel;
  const int32_t *add, *level, *multiplier, *shift; /* [filters]: (sum * level + add) is scaled */
} tq_gemm;

/* Rows, `apart` bytes from each other; they are read to the end of their last step. */
typedef struct {
  const int8_t *first;
  int32_t count, apart;
} tq_gemm_rows;

/* Whether the core that runs has SDOT. */
int32_t tq_neon_has_dot(void);

/* The steps of `count` products. */
static inline int32_t tq_gemm_steps(int32_t count) { return count <= 8 ? 1 : (count + 7) / 16; }

/* Bytes from one laid row to the next. */
static inline int32_t tq_gemm_row(int32_t count) { return (count + 15) / 16 * 16 + 16; }

static inline int32_t tq_gemm_rows_at_once(int32_t count) {
  const int32_t rows = TQ_GEMM_ROWS / tq_gemm_row(count) / 8 * 8;
  return rows > 8 ? rows : 8;
}

/* Whether positions of the output are rows where they lie in the input, which are read to their ends and no further. */
static inline int32_t tq_gemm_in_place(const tq_conv_params *p, const tq_conv_dims *dims) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;

  return filter.h == 1 && filter.w == 1 && filter.c % 16 == 0 && p->stride_h == 1 && p->stride_w == 1 &&
         p->pad_top == 0 && p->pad_left == 0 && out.h == in.h && out.w == in.w;
}

/* Bytes of what tq_neon_gemm_lay lays. */
static inline int32_t tq_gemm_laid(int32_t filters, int32_t count) {
  return (16 + (count + 15) / 16 * 16) * ((filters + 3) / 4 * 4);
}

/* Filters [channels][count], how they are scaled, and minus the input's zero point -> room, which starts with words. */
tq_gemm tq_neon_gemm_lay(const tq_scaling *scaling, int32_t channels, int32_t count, const int8_t *weights,
                         int32_t codes, int32_t zero_point, void *room);

/* output[row][channel], of all rows and channels. */
void tq_neon_gemm(const tq_gemm *gemm, tq_gemm_rows rows, int8_t *output);
void tq_neon_gemm_dot(const tq_gemm *gemm, tq_gemm_rows rows, int8_t *output);

/* The whole kernel: weights [filter.n][taps], one group. codes: they are -1, 0 and 1. Returns whether it is one for
 * it. */
int32_t tq_neon_conv_2d_gemm(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                             const int8_t *weights, int32_t codes, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_neon_conv_2d_gemm_scratch(const tq_conv_dims *dims);

/* Instructions that it takes. */
int64_t tq_neon_gemm_work(const tq_conv_params *params, const tq_conv_dims *dims, int32_t codes);

#endif
