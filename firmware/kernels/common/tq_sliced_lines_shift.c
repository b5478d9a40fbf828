#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Backwards, as a double word is shifted to the left by adding it to itself. */
static void shift(uint32_t low, uint32_t high, int32_t shifts, uint32_t *to) {
  uint64_t pair = (low | (uint64_t)high << TQ_WORD_BITS) << (TQ_WORD_BITS - shifts);
  uint32_t *at = to + shifts;

  for (; at >= to + 4; at -= 4) {
    pair += pair;
    at[-1] = (uint32_t)(pair >> TQ_WORD_BITS);
    pair += pair;
    at[-2] = (uint32_t)(pair >> TQ_WORD_BITS);
    pair += pair;
    at[-3] = (uint32_t)(pair >> TQ_WORD_BITS);
    pair += pair;
    at[-4] = (uint32_t)(pair >> TQ_WORD_BITS);
  }
  while (at > to) {
    pair += pair;
    *--at = (uint32_t)(pair >> TQ_WORD_BITS);
  }
}

/* Words that are 0 are there already, if what was there before was 0. */
void tq_sliced_lines_shift(const tq_sliced_lines *l, int32_t c, int32_t words) {
  const tq_sliced_lines_sizes *const sizes = &l->sizes;
  const int32_t blocks = words + sizes->behind;
  const uint32_t *from = l->lines + c * l->planes * sizes->line;
  uint32_t *plane = l->seen;

  for (int32_t m = 0; m < l->planes; m++, plane += sizes->plane, from += sizes->line) {
    uint32_t *to = plane;
    for (int32_t i = 0; i < blocks; i++, to += sizes->block) {
      const uint32_t any = from[i] | from[i + 1];
      if (any != 0 || to[sizes->shifts] != 0) shift(from[i], from[i + 1], sizes->shifts, to);
      to[sizes->shifts] = any;
    }
  }
}
