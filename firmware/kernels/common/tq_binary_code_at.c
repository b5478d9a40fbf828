#include "tq_formulas.h"

int32_t tq_binary_code_at(const void *weights, int32_t index) {
  const int32_t byte = ((const uint8_t *)weights)[index / 8];
  const int32_t bit = byte >> index % 8 & 1;

  return 1 - 2 * bit; /* 1 means -1 */
}
