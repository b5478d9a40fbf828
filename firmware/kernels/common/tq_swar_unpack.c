#include "tq_swar_lines.h"

/* Digits of a field are found by multiplication, as the smallest cores do not divide: 57 / 512 is a ninth, 11 / 32 a
 * third. */
static void three_codes(uint32_t field, int8_t *codes) {
  const uint32_t first = field * 57 >> 9, rest = field - 9 * first, second = rest * 11 >> 5;

  codes[0] = (int8_t)((int32_t)first - 1);
  codes[1] = (int8_t)((int32_t)second - 1);
  codes[2] = (int8_t)((int32_t)(rest - 3 * second) - 1);
}

void tq_swar_unpack(const uint16_t *units, int ternary, int32_t taps, int8_t *codes) {
  int8_t unit[16];

  for (const int32_t size = tq_swar_unit_taps(ternary); taps > 0; taps -= size, units++) {
    for (int32_t i = 0; i < (tq_swar_ternary(ternary) ? 3 : 16); i++) {
      if (tq_swar_ternary(ternary)) {
        three_codes(tq_swar_field(*units, i, 1), unit + 3 * i);
      } else {
        unit[i] = (int8_t)(1 - 2 * (*units >> i & 1));
      }
    }
    for (int32_t i = 0; i < size && i < taps; i++) *codes++ = unit[i];
  }
}
