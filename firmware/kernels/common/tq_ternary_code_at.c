#include "tq_formulas.h"

/* A byte is ceil(256 * v / 243), v = sum (code_i + 1) * 3^(4 - i): floor(byte * 3^(i + 1) / 256) is what
 * the first i + 1 digits of v make up, and code_i + 1 is the last of them. */
int32_t tq_ternary_code_at(const void *weights, int32_t index) {
  static const int32_t power[5] = {3, 9, 27, 81, 243}; /* 3^(i + 1) */
  const int32_t byte = ((const uint8_t *)weights)[index / 5];

  return byte * power[index % 5] / 256 % 3 - 1;
}
