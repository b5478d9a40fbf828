#include "tq_neon_dense_few_rows.h"

void tq_neon_dense_4_bits(const int8_t *x, const uint8_t *const packed[2], const int8_t *const tables[2],
                          int32_t blocks, int32_t zero_point, int32_t *const sums[2]) {
  tq_dense_few_rows(4, x, packed, tables, blocks, zero_point, sums);
}
