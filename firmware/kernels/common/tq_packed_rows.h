/* Sums of products of packed rows, two rows in a word.
 *
 * A byte's digits (ternary: code + 1; binary: the bit) become fields of `width` bits, the first one lowest.
 * With one row's fields in the low half of a word and another's in the high half, an AND takes out a pair of
 * digits, and one multiplication gives the products of both. Adding up from `base` keeps either half in
 * 0..65535: 125 products of x - zero point, a range of 255, and digits of 2 span 63750; 256 products and bits
 * span 65280. */
#ifndef TQ_PACKED_ROWS_H
#define TQ_PACKED_ROWS_H

#include "tinyq/tq_types.h"

typedef struct {
  const int8_t *x;
  int32_t count, zero_point;
  uint32_t mask; /* the first field of both halves; a constant would cost an instruction for each shift */
  int32_t width;
  int32_t base; /* minus the least sum that a half may reach; see tq_begin_pair */
} tq_row_input;

/* The five digits of a byte, 2 bits each; in the highest 4 bits their sum. */
extern const uint16_t tq_ternary_digits[256];

/* The high half begins 2^15 lower, so that all words are int32_t. */
static inline int32_t tq_begin_pair(int32_t base) { return (base - 32768) * 65536 + base; }

/* Part the sums of two rows, and add them to sums[0] and sums[1]. */
static inline void tq_part_pair(int32_t pair, int32_t base, int32_t sums[2]) {
  sums[0] += (pair & 0xffff) - base;
  sums[1] += (pair >> 16) + 32768 - base;
}

/* Add the products of x [count] and the first fields of either half of `fields`. */
void tq_packed_few(const tq_row_input *input, const int8_t *x, int32_t count, uint32_t fields,
                   int32_t sums[2]);

/* sums[k] += sum of (x[i] - zero point) * digit[first + i], where row k's bytes are `apart` bytes behind row
 * k - 1's. */
typedef void tq_aligned_rows(const uint8_t *packed, int32_t first, int32_t apart, int32_t rows,
                             const tq_row_input *input, int32_t *sums);
tq_aligned_rows tq_ternary_aligned_rows; /* 2 or 4 rows */
tq_aligned_rows tq_binary_aligned_rows;  /* 4 rows */

/* The same of two rows that begin anywhere in a byte. */
typedef void tq_two_rows(const uint8_t *packed, int32_t first0, int32_t first1, const tq_row_input *input,
                         int32_t sums[2]);
tq_two_rows tq_ternary_two_rows, tq_binary_two_rows;

typedef struct {
  tq_aligned_rows *aligned_rows;
  tq_two_rows *two_rows;
  int32_t fewest;               /* aligned rows */
  int32_t digits, width;        /* in a byte; bits of a field */
  int32_t span;                 /* most products in a half, times the largest digit */
  uint32_t mask;                /* of the first field of both halves */
  int32_t per_digit, per_input; /* code = per_digit * digit + per_input */
} tq_packed_scheme;

/* FullyConnected of a scheme. */
void tq_packed_dense(const tq_packed_scheme *scheme, const tq_fully_connected_params *params,
                     const tq_fully_connected_dims *dims, const int8_t *input, const uint8_t *packed,
                     const int32_t *bias, int8_t *output);

#endif
