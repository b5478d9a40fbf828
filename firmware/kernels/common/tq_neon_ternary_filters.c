#include <string.h>

#include "tq_neon_bits.h"

/* A filter's rows have `planes` planes; of a panel of signs only plane `plane` is taken. */
void tq_neon_ternary_filters(const int32_t *filter, int32_t filters, int32_t taps, int32_t words, int32_t planes,
                             int32_t plane, tq_ternary_size size, uint32_t *panel) {
  const int32_t apart = 4 * size.w_planes;

  memset(panel, 0, (size_t)(tq_ternary_block_words(size) * size.blocks) * sizeof *panel);
  for (int32_t o = 0; o < filters; o++) {
    uint32_t *const block = panel + o / 4 * tq_ternary_block_words(size), *const rest = block + 4 * apart * size.steps;
    for (int32_t i = 0; i < taps * words; i++) {
      const int32_t *const row = filter + i / words * planes * words + i % words;
      const int32_t behind = o % 4 * size.rest + i - 4 * size.steps;
      uint32_t *const to = i < 4 * size.steps ? block + (i / 4 * 4 + o % 4) * apart + i % 4
                                              : rest + behind / 4 * apart + behind % 4;
      for (int32_t m = 0; m < size.w_planes; m++) to[4 * m] = (uint32_t)row[(plane + m) * words];
    }
    filter += taps * planes * words;
  }
}
