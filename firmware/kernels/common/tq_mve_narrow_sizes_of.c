#include "tq_mve_narrow.h"

tq_mve_narrow_sizes tq_mve_narrow_sizes_of(tq_dims filter, int32_t planes, int32_t pairs) {
  const int32_t taps = filter.h * filter.w, c = filter.c;
  tq_mve_narrow_sizes sizes = {.planes = planes, .nibbles = (c + 3) / 4};

  sizes.tables = sizes.nibbles + (pairs ? (c + 1) / 4 : 0);
  sizes.threes = (taps * sizes.tables + 2) / 3;
  /* Entries are -2 to 2, of three signs or less -2 to 1, of one ternary weight -1 to 1; sums less than INT8_MAX. */
  sizes.bytes = sizes.threes <= TQ_MVE_THREES || (taps <= 64 && (pairs ? c == 1 : c <= 3));
  return sizes;
}
