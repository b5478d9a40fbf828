#include "tq_mve_bytes.h"
#include "tq_mve_packed.h"

void tq_mve_packed_ones(uint8_t ones[TQ_MVE_ONES]) {
  static const uint8_t of_nibbles[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
  const tq_sixteen one = tq_sixteen_of(1);

  tq_sixteen_store(tq_sixteen_load(of_nibbles), ones);
  for (int32_t known = 16; known < TQ_MVE_ONES; known *= 2) { /* the same with another one */
    for (int32_t i = 0; i < known; i += 16) {
      tq_sixteen_store(tq_sixteen_add(tq_sixteen_load(ones + i), one), ones + known + i);
    }
  }
}
