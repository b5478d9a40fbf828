#include "tq_window_sum.h"

void tq_pair_codes(const int8_t *codes, int32_t count, int32_t k, int32_t *pairs) {
  pairs += k / 2;
  if (k % 2 == 0) {
    for (int32_t i = 0; i < count; i++) pairs[2 * i] = codes[i];
  } else {
    for (int32_t i = 0; i < count; i++) pairs[2 * i] += codes[i] * 65536;
  }
}
