/* FullyConnected by tables of all signed sums of three (ternary), or four (binary), inputs, which serve all outputs. */
#ifndef TQ_SWAR_DENSE_H
#define TQ_SWAR_DENSE_H

#include "tq_swar.h"

enum { TQ_SWAR_DENSE_TABLES = 4096 };

/* Units whose tables are built at a time. */
static inline int32_t tq_swar_dense_units(int32_t c_in, int ternary) {
  const int32_t most = TQ_SWAR_DENSE_TABLES / (2 * tq_swar_fields(ternary) * tq_swar_entries(ternary));
  const int32_t units = tq_swar_units(c_in, ternary);
  return units < most ? units : most;
}

/* `count` inputs, and zeros behind them -> tables of whole units. */
void tq_swar_dense_tables(const int8_t *input, int32_t count, int32_t units, int ternary, int16_t *tables);

/* Adds what `units` units of two outputs, row_units apart, find in the tables to two sums. */
void tq_swar_dense_two(int32_t *sums, const uint16_t *codes, int32_t row_units, int32_t units, int ternary,
                       const int16_t *tables);

/* bias is not NULL, and has the zero point's part. scratch: tq_swar_dense_scratch(dims, ternary) bytes. */
void tq_swar_dense(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims, const int8_t *input,
                   const uint16_t *codes, int ternary, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_swar_dense_scratch(const tq_fully_connected_dims *dims, int ternary);

#endif
