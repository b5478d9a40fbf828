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

int32_t tq_mve_narrow_bytes(tq_dims filter, const tq_mve_narrow_sizes *sizes) {
  const int32_t line = 8 * sizes->planes * TQ_MVE_PIXELS, rooms = (filter.n + 7) / 8 * 8;
  const int32_t sums = (sizes->bytes ? 1 : 2) * TQ_MVE_BLOCK * rooms; /* where the line was */
  const int32_t words = sizes->planes + tq_bits_words(filter.n) + tq_mve_limits_words(filter.n) + 3 * filter.n * sizes->threes;

  return 4 * words + (sums > line ? sums : line) + sizes->tables * TQ_MVE_LINES + TQ_MVE_NOTHING;
}

/* Ternary codes by ternary weights, with as little dilation and stride as can be. */
int32_t tq_mve_narrow_scratch(const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter;
  const int32_t right = filter.w - 1, row = dims->output.w + right;
  const tq_mve_narrow_sizes sizes = tq_mve_narrow_sizes_of(filter, 2, 1);

  if (filter.c > TQ_MVE_PAIRED || dims->input.c != filter.c || dims->input.w > row) return 0;
  if (right > TQ_MVE_SPAN || (filter.h > 1 && row > (TQ_MVE_SPAN - right) / (filter.h - 1))) return 0;
  return tq_mve_narrow_bytes(filter, &sizes);
}
