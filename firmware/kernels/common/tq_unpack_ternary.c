#include "tq_unpack.h"

void tq_unpack_ternary(const uint8_t *packed, int32_t first, int32_t count, int8_t *codes) {
  const uint8_t *byte = packed + (uint32_t)first / 5;
  const int8_t *const end = codes + count;
  const uint32_t skip = (uint32_t)first % 5;
  const uint32_t three = tq_three();

  if (skip > 0) {
    uint32_t fraction = tq_ternary_fraction(*byte++);
    for (uint32_t i = 0; i < 5 && codes < end; i++) {
      const int32_t trit = tq_next_trit(&fraction, three);
      if (i >= skip) *codes++ = (int8_t)(trit - 1);
    }
  }
  for (const uint8_t *const whole = byte + (uint32_t)(end - codes) / 5; byte != whole; codes += 5) {
    uint32_t fraction = tq_ternary_fraction(*byte++);
    codes[0] = (int8_t)(tq_next_trit(&fraction, three) - 1);
    codes[1] = (int8_t)(tq_next_trit(&fraction, three) - 1);
    codes[2] = (int8_t)(tq_next_trit(&fraction, three) - 1);
    codes[3] = (int8_t)(tq_next_trit(&fraction, three) - 1);
    codes[4] = (int8_t)(tq_next_trit(&fraction, three) - 1);
  }
  if (codes != end) {
    uint32_t fraction = tq_ternary_fraction(*byte);
    while (codes != end) *codes++ = (int8_t)(tq_next_trit(&fraction, three) - 1);
  }
}
