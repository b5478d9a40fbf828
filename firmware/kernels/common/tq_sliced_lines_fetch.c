#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Bytes `step` apart, eight a word of those that are eight apart. Those of lanes from 24 on may be left out. */
#define THREE(a, step) ((uint32_t)(a)[0] | (uint32_t)(a)[8 * (step)] << 8 | (uint32_t)(a)[16 * (step)] << 16)
#define FOUR(a, step) (THREE(a, step) | (uint32_t)(a)[24 * (step)] << 24)

/* One channel, or two, of 24 lanes or more; channels: a constant. Turning words as below is work for eight. */
TQ_SLICED_INLINE void fetch_few(const uint8_t *from, int32_t step, int32_t lanes, int channels, uint32_t *to) {
  const uint8_t *a = from + 7 * step;
  const uint32_t mask = tq_in_register(0x01010101u);
  uint32_t first = 0, second = 0;

  for (int32_t k = 8; k-- > 0; a -= step) {
    const uint32_t bytes = k < lanes - 24 ? FOUR(a, step) : THREE(a, step);
    first = first << 1 | (bytes & mask);
    if (channels > 1) second = second << 1 | (bytes >> 1 & mask);
  }
  to[0] = first;
  if (channels > 1) to[1] = second;
}

void tq_sliced_lines_fetch(const uint8_t *from, int32_t step, int32_t lanes, int32_t channels, uint32_t to[8]) {
  int32_t k = 0;

  if (lanes >= 24 && channels == 1) {
    fetch_few(from, step, lanes, 1, to);
    return;
  }
  if (lanes >= 24 && channels == 2) {
    fetch_few(from, step, lanes, 2, to);
    return;
  }
  if (lanes >= 24) {
    for (; k < lanes - 24; k++, from += step) to[k] = FOUR(from, step);
    for (; k < 8; k++, from += step) to[k] = THREE(from, step);
  } else {
    for (; k < 8; k++) to[k] = tq_in_register(0); /* or gcc calls memset */
    for (int32_t j = 0; j < lanes; j++, from += step) to[j % 8] |= (uint32_t)*from << j / 8 * 8;
  }
  tq_sliced_lines_turn(to);
}
