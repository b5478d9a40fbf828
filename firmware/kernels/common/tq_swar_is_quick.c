#include "tq_swar.h"

int tq_swar_is_quick(const tq_scaling *scaling, int32_t taps, int32_t begin, int32_t end) {
  const uint32_t room = taps < 32768 ? (1u << 30) - 16384u * (uint32_t)taps : 0; /* |x * code * level| <= 128 * 128 */

  for (int32_t channel = begin; channel < end; channel++) {
    const int32_t shift = scaling->shift[channel];
    if ((uint32_t)scaling->bias[channel] + room >= 2 * room || shift >= 0 || shift < -22) return 0;
  }
  return 1;
}
