#include "tq_unpack.h"

void tq_unpack_binary(const uint8_t *packed, int32_t first, int32_t count, int8_t *codes) {
  for (int32_t i = first; i < first + count; i++) {
    const int32_t bit = (packed[i >> 3] >> (i & 7)) & 1; /* 1 means -1 */
    *codes++ = (int8_t)(1 - 2 * bit);
  }
}
