#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* A row: words behind those of its pixels, and before them, where padding is: `outside` next to it, then `other` by
 * turns. They are those `words` words away, with lanes moved by one. */
static void widen(const tq_sliced_lines *l, const uint32_t *line, uint32_t outside, uint32_t other, uint32_t *seen) {
  const int32_t words = l->piece.words, before = l->layer->dims->filter.w - 1, x = l->piece.x - l->layer->pad_left;
  const uint32_t *behind = line + l->sizes.words;
  uint32_t *to = seen + (x < 0 ? -x : 0), *const end = seen + words + before;

  for (const uint32_t *const last = line + words; line < last;) *to++ = *line++;
  while (to < end) {
    uint32_t bits = *behind++;
    uint32_t *const last = end - to < TQ_WORD_BITS ? end : to + TQ_WORD_BITS;
    for (; to < last; to++, bits >>= 1) *to = to[-words] >> 1 | bits << 31;
  }
  for (to = seen + (x < 0 ? -x : 0); to > seen;) {
    const uint32_t next = other;
    to--;
    *to = to[words] << 1 | outside;
    other = outside;
    outside = next;
  }
}

/* The rows of a plane of a channel, `apart` words from one to the next one. Those of one column are as they are. */
static void see_plane(const tq_sliced_lines *l, const uint32_t *line, int32_t m, int32_t apart, uint32_t *seen) {
  const int32_t alternate = l->holes && m == 1, row = l->sizes.words + l->sizes.behind, known = l->piece.known;
  const uint32_t outside = alternate ? 0 : l->outside >> m & 1, *const end = line + l->sizes.line;

  seen += known * apart;
  line += known * row;
  if (apart == row) {
    while (line < end) *seen++ = *line++;
  }
  for (; line < end; line += row, seen += apart) widen(l, line, outside, alternate ? 1 : outside, seen);
}

static void complement(const uint32_t *from, int32_t count, uint32_t *to) {
  for (const uint32_t *const end = from + count; from < end;) *to++ = ~*from++;
}

/* The same of signs where there are no holes, which are as they are. */
static void complement_signs(const uint32_t *from, const uint32_t *holes, int32_t count, uint32_t *to) {
  for (const uint32_t *const end = from + count; from < end;) *to++ = ~(*from++ ^ *holes++);
}

/* Numbers of ternary codes, of which plane 0 has those that are 0, and of their negatives. */
static void negate(uint32_t *zeros, uint32_t *minus, int32_t count, int32_t apart) {
  for (const uint32_t *const end = zeros + count; zeros < end; zeros++, minus++) {
    const uint32_t zero = *zeros, sign = *minus;
    zeros[apart] = zero;
    minus[0] = sign & ~zero;
    minus[apart] = ~(sign | zero);
  }
}

/* What taps see of the last rows, one line up, is what they see of the first ones. */
static void move_up(const tq_sliced_lines *l) {
  const int32_t rows = l->layer->dims->filter.h, row = l->sizes.seen / rows, moved = (rows - l->piece.known) * row;

  for (int32_t m = 0; l->piece.known > 0 && m < 2 * l->planes; m++) {
    uint32_t *to = l->seen + m / 2 * l->sizes.plane + m % 2 * l->sizes.seen;
    const uint32_t *from = to + moved, *const end = to + rows * row;
    while (from < end) *to++ = *from++;
  }
}

void tq_sliced_lines_see(const tq_sliced_lines *l, int32_t c) {
  const tq_sliced_lines_sizes *const sizes = &l->sizes;
  const uint32_t *line = l->lines + c * l->planes * sizes->line;
  const int32_t rows = l->layer->dims->filter.h, apart = sizes->seen, row = apart / rows, each = row / sizes->together;
  const int32_t first = l->piece.known * row, count = apart - sizes->words + l->piece.words - first;
  const int32_t ternary = l->layer->x_levels == 3;
  uint32_t *const seen = l->seen + first, *const last = seen + (l->planes - 1) * sizes->plane;

  move_up(l);
  for (int32_t i = 0; i < sizes->together; i++) {
    for (int32_t m = 0; m < l->planes; m++, line += sizes->line) {
      if (m == 0 && !l->low && c > 0) continue; /* plane 0 of signs is that of the channel before */
      see_plane(l, line, m, row, l->seen + m * sizes->plane + i * each);
    }
  }
  if (ternary && l->low) {
    negate(seen, last, count, apart);
  } else if (l->holes) {
    complement_signs(last, seen, count, last + apart);
  } else {
    if (!ternary && last != seen) complement(seen, count, seen + apart);
    complement(last, count, last + apart);
  }
}
