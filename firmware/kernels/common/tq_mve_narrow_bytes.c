#include "tq_mve_narrow.h"

int32_t tq_mve_narrow_bytes(tq_dims filter, const tq_mve_narrow_sizes *sizes) {
  const int32_t line = 8 * sizes->planes * TQ_MVE_PIXELS, rooms = (filter.n + 7) / 8 * 8;
  const int32_t sums = (sizes->bytes ? 1 : 2) * TQ_MVE_BLOCK * rooms; /* where the line was */
  const int32_t words = sizes->planes + tq_bits_words(filter.n) + tq_mve_limits_words(filter.n) + 3 * filter.n * sizes->threes;

  return 4 * words + (sums > line ? sums : line) + sizes->tables * TQ_MVE_LINES + TQ_MVE_NOTHING;
}
