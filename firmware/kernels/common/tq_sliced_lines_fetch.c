#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Bytes `step` apart, eight a word of those that are eight apart. Those of lanes from 24 on may be left out. */
#define THREE(a, step) ((uint32_t)(a)[0] | (uint32_t)(a)[8 * (step)] << 8 | (uint32_t)(a)[16 * (step)] << 16)
#define FOUR(a, step) (THREE(a, step) | (uint32_t)(a)[24 * (step)] << 24)

/* One channel, of 24 lanes or more: what is behind it in a byte is 0. Turning words as below is work for eight. */
static uint32_t fetch_one(const uint8_t *from, int32_t step, int32_t lanes) {
  const uint8_t *a = from + 7 * step, *const fours = from + (lanes - 24) * step;
  uint32_t bits = 0;

  for (; a >= fours; a -= step) bits = bits << 1 | THREE(a, step);
  for (; a >= from; a -= step) bits = bits << 1 | FOUR(a, step);
  return bits;
}

void tq_sliced_lines_fetch(const uint8_t *from, int32_t step, int32_t lanes, int32_t channels, uint32_t to[8]) {
  int32_t k = 0;

  if (lanes >= 24 && channels == 1) {
    to[0] = fetch_one(from, step, lanes);
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
