#include "tq_neon_lanes.h"
#include "tq_neon_nibbles.h"

void tq_neon_nibbles_join(const uint8_t *from, int32_t count, int32_t shift, uint8_t *to) {
  int32_t i = 0;

  for (; i + TQ_LANES <= count; i += TQ_LANES) {
    tq_put_lanes(to + i, tq_lanes_at(to + i) | tq_lanes_at(from + i) << shift);
  }
  for (; i < count; i++) to[i] = (uint8_t)(to[i] | from[i] << shift);
}
