/* FullyConnected of int8 by int8 weights or codes for the family "neon". */
#ifndef TQ_NEON_DENSE_H
#define TQ_NEON_DENSE_H

#include "tinyq/tq_kernels_arm64.h"

/* Sum of (x - zero_point) * weight. */
int32_t tq_neon_dense_sum(const int8_t *x, const int8_t *weights, int32_t count, int32_t zero_point);

/* base: 3 or 2; packed: [c_out, c_in] codes. Codes are not unpacked into memory: inputs are laid as the digits of
 * packed bytes come out of a register, those of byte k as value k. */
void tq_neon_dense_codes(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                         const int8_t *input, const uint8_t *packed, int32_t base, const int32_t *bias,
                         int8_t *output);

/* The same of codes of 2, 3 or 4 bits, places in a table of weights. */
void tq_neon_dense_few(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                       const int8_t *input, const uint8_t *packed, int32_t bits, const int32_t *bias, int8_t *output);

#define TQ_DENSE_BLOCK 16   /* units, of packed bytes, of a block */
#define TQ_DENSE_CODES 1280 /* of a row that are taken at a time: whole blocks of whatever digits */
#define TQ_DENSE_OUTPUTS 64 /* that share what is laid */

/* from [blocks][16][digits] -> to [blocks][digits][16], digits being 2, 4, 5 or 8. 128 bytes are read of each block. */
void tq_neon_dense_lay(const int8_t *from, int32_t blocks, int32_t digits, int8_t *to);

/* Of so many blocks of two packed rows, and x as it was laid for them: sums += (x - zero_point) * digit, digits of 0, 1
 * and 2, or 0 and 1, or what they are in a row's table. At most TQ_DENSE_CODES, so that lanes of 16 bits have room: 16
 * blocks of 5 products of 256 at most, or 10 of 16 inputs of 128, or 80 pairs of weights of 128. */
typedef void tq_dense_rows(const int8_t *x, const uint8_t *const packed[2], const int8_t *const tables[2],
                           int32_t blocks, int32_t zero_point, int32_t *const sums[2]);
tq_dense_rows tq_neon_dense_ternary, tq_neon_dense_binary, tq_neon_dense_2_bits, tq_neon_dense_3_bits,
    tq_neon_dense_4_bits;

typedef struct {
  const uint8_t *packed, *end;
  const int8_t *tables, *levels; /* output o has table levels[o]; NULL if codes are digits */
  int32_t bits, c_in, zero_point;
  int32_t unit, digits; /* bytes of a unit, and its codes */
  tq_dense_rows *rows;
} tq_dense_layer;

/* Sums of outputs [first, first + count), which are TQ_DENSE_OUTPUTS at most, begin with 0. */
void tq_neon_dense_add(const tq_dense_layer *layer, const int8_t *input, int32_t first, int32_t count, int32_t *sums);

#endif
