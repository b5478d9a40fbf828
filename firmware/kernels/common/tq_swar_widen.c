#include "tq_swar_int8.h"

static void put(const int8_t *from, int32_t count, int32_t *x) {
  for (; count > 3; count -= 4, from += 4, x += 4 * TQ_SWAR_FOUR) {
    x[0 * TQ_SWAR_FOUR] = from[0];
    x[1 * TQ_SWAR_FOUR] = from[1];
    x[2 * TQ_SWAR_FOUR] = from[2];
    x[3 * TQ_SWAR_FOUR] = from[3];
  }
  for (; count > 0; count--, x += TQ_SWAR_FOUR) *x = *from++;
}

void tq_swar_widen(tq_swar_walk *walk, int32_t count, int32_t *x) {
  int32_t *const second = x + TQ_SWAR_FOUR * count;

  for (int32_t done = 0; done < count;) {
    const int8_t *from[TQ_SWAR_TILE];
    const int32_t run = tq_swar_next(walk, count - done, from);
    for (int32_t i = 0; i < TQ_SWAR_FOUR; i++) {
      put(from[i], run, x + TQ_SWAR_FOUR * done + i);
      put(from[TQ_SWAR_FOUR + i], run, second + TQ_SWAR_FOUR * done + i);
    }
    done += run;
  }
}
