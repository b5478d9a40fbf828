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

#if TQ_NEON

/* The same of both planes of two words each: two taps are a step. */
static inline void lay_pairs(const int32_t *filter, int32_t o, tq_ternary_size size, uint32_t *panel) {
  uint32_t *const block = panel + o / 4 * tq_ternary_block_words(size), *const rest = block + 32 * size.steps;
  uint32_t *to = block + o % 4 * 8;

  for (int32_t step = 0; step < size.steps; step++, filter += 8, to += 32) {
    const uint64x2x2_t taps = vld1q_u64_x2((const uint64_t *)(const void *)filter);
    vst1q_u32(to, vreinterpretq_u32_u64(vzip1q_u64(taps.val[0], taps.val[1])));
    vst1q_u32(to + 4, vreinterpretq_u32_u64(vzip2q_u64(taps.val[0], taps.val[1])));
  }
  if (size.rest == 0) return;
  memcpy(rest + o % 4 / 2 * 8 + o % 2 * 2, filter, 8);
  memcpy(rest + o % 4 / 2 * 8 + o % 2 * 2 + 4, filter + 2, 8);
}

#else

static inline void lay_pairs(const int32_t *filter, int32_t o, tq_ternary_size size, uint32_t *panel) {
  lay(filter, o, 2 * size.steps + size.rest / 2, 2, 4, 2, size, panel);
}

#endif

/* A filter's rows have `planes` planes; of a panel of signs only plane `plane` is taken. */
void tq_neon_ternary_filters(const int32_t *filter, int32_t filters, int32_t taps, int32_t words, int32_t planes,
                             int32_t plane, tq_ternary_size size, uint32_t *panel) {
  if (filters % 4 != 0 || taps * words % 4 == 3) { /* places that no filter has */
    memset(panel, 0, (size_t)(tq_ternary_block_words(size) * size.blocks) * sizeof *panel);
  }
  for (int32_t o = 0; o < filters; o++) {
    const int32_t *const from = filter + o * taps * planes * words + plane * words;
    if (words == 2 && planes == 2 && size.w_planes == 2) {
      lay_pairs(from, o, size, panel);
    } else if (words % 2 == 0) {
      lay(from, o, taps, words, planes * words, 2, size, panel);
    } else {
      lay(from, o, taps, words, planes * words, 1, size, panel);
    }
  }
}
