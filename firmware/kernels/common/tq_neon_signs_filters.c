#include <string.h>

#include "tq_neon_signs.h"

/* Filter `o` of a panel, `words` words that lie one behind another. */
static void lay(const int32_t *filter, int32_t o, int32_t words, tq_signs_size size, uint32_t *panel) {
  const int32_t whole = words / 4;
  uint32_t *const block = panel + o / 8 * tq_signs_block_words(size), *const rest = block + 32 * size.steps;
  uint32_t *step = block + o % 8 * 4;

  for (int32_t i = 0; i < whole; i++, step += 32) memcpy(step, filter + 4 * i, 16);
  if (words % 4 == 3) memcpy(step, filter + 4 * whole, 12);
  if (size.rest == 1) rest[o % 8] = (uint32_t)filter[4 * whole];
  if (size.rest == 2) memcpy(rest + o % 8 * 2, filter + 4 * whole, 8);
}

/* The same, word by word: those of a tap lie apart from the next one's. */
static void lay_words(const int32_t *filter, int32_t o, int32_t words, int32_t taps, int32_t apart,
                      tq_signs_size size, uint32_t *panel) {
  uint32_t *const block = panel + o / 8 * tq_signs_block_words(size), *const rest = block + 32 * size.steps;

  for (int32_t i = 0; i < taps * words; i++) {
    const uint32_t word = (uint32_t)filter[i / words * apart + i % words];
    if (i < 4 * size.steps) {
      block[i / 4 * 32 + o % 8 * 4 + i % 4] = word;
    } else {
      rest[o % 8 * size.rest + i - 4 * size.steps] = word;
    }
  }
}

void tq_neon_signs_filters(const int32_t *filter, int32_t filters, int32_t taps, int32_t words, int32_t planes,
                           int32_t plane, uint32_t *panel) {
  const tq_signs_size size = tq_signs_size_of(taps * words, filters);

  if (filters % 8 != 0 || taps * words % 4 == 3) { /* places that no filter has */
    memset(panel, 0, (size_t)tq_signs_filter_words(size) * sizeof *panel);
  }
  for (int32_t o = 0; o < filters; o++, filter += taps * planes * words) {
    if (planes == 1) {
      lay(filter, o, taps * words, size, panel);
    } else {
      lay_words(filter + plane * words, o, words, taps, planes * words, size, panel);
    }
  }
}
