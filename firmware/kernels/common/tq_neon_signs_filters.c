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

/* The same, `some` words at a time, 1 or 2: those of a tap lie apart from the next one's. */
TQ_INLINE void lay_words(const int32_t *filter, int32_t o, int32_t words, int32_t taps, int32_t apart, int32_t some,
                         tq_signs_size size, uint32_t *panel) {
  uint32_t *const block = panel + o / 8 * tq_signs_block_words(size), *const rest = block + 32 * size.steps;
  uint32_t *to = block + o % 8 * 4;
  int32_t left = 4 * size.steps;

  for (int32_t tap = 0; tap < taps; tap++, filter += apart) {
    for (int32_t i = 0; i < words; i += some, left -= some) {
      if (left == 0) to = rest + o % 8 * size.rest;
      memcpy(to, filter + i, 4 * (size_t)some);
      to += left % 4 == some && left > 0 ? 28 + some : some; /* the next step's 4 words are 32 behind these */
    }
  }
}

void tq_neon_signs_filters(const int32_t *filter, int32_t filters, int32_t taps, int32_t words, int32_t planes,
                           int32_t plane, uint32_t *panel) {
  const tq_signs_size size = tq_signs_size_of(taps * words, filters);

  if (filters % 8 != 0 || taps * words % 4 == 3) { /* places that no filter has */
    memset(panel, 0, (size_t)tq_signs_filter_words(size) * sizeof *panel);
  }
  if (planes == 1) {
    for (int32_t o = 0; o < filters; o++) lay(filter + o * taps * words, o, taps * words, size, panel);
    return;
  }
  for (int32_t o = 0; o < filters; o++, filter += taps * planes * words) {
    const int32_t *const from = filter + plane * words;
    if (words % 2 == 0) {
      lay_words(from, o, words, taps, planes * words, 2, size, panel);
    } else {
      lay_words(from, o, words, taps, planes * words, 1, size, panel);
    }
  }
}
