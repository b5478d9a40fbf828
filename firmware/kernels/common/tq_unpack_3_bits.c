#include "tq_few_bits.h"

void tq_unpack_3_bits(const uint8_t *packed, int32_t first, int32_t count, const int8_t *table,
                      int8_t *weights) {
  tq_unpack_few(3, packed, first, count, table, weights);
}
