#include <string.h>

#include "tq_neon_bits.h"

/* Filter `o` of a panel, `some` words at a time, 1 or 2: those of a tap lie `tap_words` from the next one's. */
TQ_INLINE void lay(const int32_t *filter, int32_t o, int32_t taps, int32_t words, int32_t tap_words, int32_t some,
                   tq_ternary_size size, uint32_t *panel) {
  const int32_t apart = 4 * size.w_planes;
  uint32_t *const block = panel + o / 4 * tq_ternary_block_words(size), *const rest = block + 4 * apart * size.steps;
  int32_t left = 4 * size.steps, behind = o % 4 * size.rest;
  uint32_t *to = block + o % 4 * apart;

  for (int32_t tap = 0; tap < taps; tap++, filter += tap_words) {
    for (int32_t i = 0; i < words; i += some, left -= some) {
      if (left <= 0) to = rest + behind / 4 * apart + behind % 4, behind += some;
      memcpy(to, filter + i, 4 * (size_t)some);
      if (size.w_planes == 2) memcpy(to + 4, filter + words + i, 4 * (size_t)some);
      to += left % 4 == some ? 4 * apart - 4 + some : some; /* the next step's words are 4 * apart behind these */
    }
  }
}

/* A filter's rows have `planes` planes; of a panel of signs only plane `plane` is taken. */
void tq_neon_ternary_filters(const int32_t *filter, int32_t filters, int32_t taps, int32_t words, int32_t planes,
                             int32_t plane, tq_ternary_size size, uint32_t *panel) {
  if (filters % 4 != 0 || taps * words % 4 == 3) { /* places that no filter has */
    memset(panel, 0, (size_t)(tq_ternary_block_words(size) * size.blocks) * sizeof *panel);
  }
  for (int32_t o = 0; o < filters; o++) {
    const int32_t *const from = filter + o * taps * planes * words + plane * words;
    if (words % 2 == 0) {
      lay(from, o, taps, words, planes * words, 2, size, panel);
    } else {
      lay(from, o, taps, words, planes * words, 1, size, panel);
    }
  }
}
