#include <string.h>

#include "tq_neon_bits.h"

/* Filter `o` of a panel, `some` words at a time, 1 or 2. */
TQ_INLINE void lay(const int32_t *filter, int32_t o, int32_t all, int32_t words, int32_t planes, tq_ternary_size size,
                   int32_t some, uint32_t *panel) {
  const int32_t apart = 4 * size.w_planes;
  uint32_t *const block = panel + o / 4 * tq_ternary_block_words(size), *const rest = block + 4 * apart * size.steps;
  int32_t in_row = 0;

  for (int32_t i = 0; i < all; i += some, filter += some) {
    const int32_t behind = o % 4 * size.rest + i - 4 * size.steps;
    uint32_t *const to = behind < o % 4 * size.rest ? block + (i / 4 * 4 + o % 4) * apart + i % 4
                                                    : rest + behind / 4 * apart + behind % 4;
    for (int32_t m = 0; m < size.w_planes; m++) memcpy(to + 4 * m, filter + m * words, 4 * (size_t)some);
    in_row += some;
    if (in_row == words) in_row = 0, filter += (planes - 1) * words;
  }
}

/* A filter's rows have `planes` planes; of a panel of signs only plane `plane` is taken. */
void tq_neon_ternary_filters(const int32_t *filter, int32_t filters, int32_t taps, int32_t words, int32_t planes,
                             int32_t plane, tq_ternary_size size, uint32_t *panel) {
  const int32_t row = taps * planes * words;

  if (filters % 4 != 0 || taps * words % 4 == 3) { /* places that no filter has */
    memset(panel, 0, (size_t)(tq_ternary_block_words(size) * size.blocks) * sizeof *panel);
  }
  for (int32_t o = 0; o < filters; o++) {
    const int32_t *const from = filter + o * row + plane * words;
    if (words % 2 == 0) {
      lay(from, o, taps * words, words, planes, size, 2, panel);
    } else {
      lay(from, o, taps * words, words, planes, size, 1, panel);
    }
  }
}
