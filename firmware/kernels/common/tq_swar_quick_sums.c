#include "tq_swar.h"

void tq_swar_quick_sums(const tq_swar_scale *scale, const int32_t *sums, int32_t count, int8_t *output, int32_t step) {
  const tq_swar_scale s = *scale; /* a copy, because writing int8_t output could change it */

  for (const int32_t *const end = sums + count; sums < end; output += step) *output = tq_swar_output_of(&s, *sums++);
}
