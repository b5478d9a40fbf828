#include "tq_swar.h"

void tq_swar_part(const uint32_t *lanes, int32_t words, int first, int32_t *sums) {
  const uint32_t *const end = lanes + words;

  if (first) {
    for (; lanes < end; lanes++, sums += 2) {
      const uint32_t word = *lanes;
      sums[0] = tq_swar_low(word);
      sums[1] = tq_swar_high(word);
    }
    return;
  }
  for (; lanes < end; lanes++, sums += 2) {
    sums[0] += tq_swar_low(*lanes);
    sums[1] += tq_swar_high(*lanes);
  }
}
