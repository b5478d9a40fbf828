#include "tq_swar_conv_2d.h"

/* Neighbouring inputs of two positions; the words of a tap are TQ_SWAR_WORDS apart. */
static void put(const int8_t *a, const int8_t *b, int32_t count, uint32_t *words) {
  for (; count > 3; count -= 4, a += 4, b += 4, words += 4 * TQ_SWAR_WORDS) {
    words[0 * TQ_SWAR_WORDS] = tq_swar_word(a[0], b[0]);
    words[1 * TQ_SWAR_WORDS] = tq_swar_word(a[1], b[1]);
    words[2 * TQ_SWAR_WORDS] = tq_swar_word(a[2], b[2]);
    words[3 * TQ_SWAR_WORDS] = tq_swar_word(a[3], b[3]);
  }
  for (; count > 0; count--, words += TQ_SWAR_WORDS) *words = tq_swar_word(*a++, *b++);
}

/* Whether a row of all windows is in the image. */
static int has_row(const tq_swar_walk *walk) {
  const uint32_t h = (uint32_t)walk->dims->input.h;
  const int32_t down = walk->row * walk->params->dilation_h;

  for (int32_t i = 0; i < (walk->one_row ? 1 : TQ_SWAR_TILE); i++) {
    if ((uint32_t)(walk->corners[i].y + down) >= h) return 0;
  }
  return 1;
}

/* Where the inputs of a tap are, from channel walk->channel on. */
static void find(const tq_swar_walk *walk, int has, const int8_t *from[TQ_SWAR_TILE]) {
  const tq_dims *in = &walk->dims->input;
  const int32_t down = walk->row * walk->params->dilation_h, right = walk->column * walk->params->dilation_w;
  const int32_t step = (down * in->w + right) * in->c + walk->channel;
  const tq_swar_corner *corner = walk->corners;

  if (walk->one_row && has && corner[0].x + right >= 0 && corner[TQ_SWAR_TILE - 1].x + right < in->w) {
    const int8_t *at = walk->input + (corner->place + step);
    const int32_t apart = walk->params->stride_w * in->c;
    for (int32_t i = 0; i < TQ_SWAR_TILE; i++, at += apart) from[i] = at;
    return;
  }
  for (int32_t i = 0; i < TQ_SWAR_TILE; i++, corner++) {
    const int is_inside = (uint32_t)(corner->y + down) < (uint32_t)in->h &&
                          (uint32_t)(corner->x + right) < (uint32_t)in->w;
    from[i] = is_inside ? walk->input + (corner->place + step) : walk->outside;
  }
}

void tq_swar_gather(tq_swar_walk *walk, int32_t taps, int32_t count, uint32_t *words) {
  const int32_t width = walk->dims->filter.w, c = walk->dims->filter.c;
  const uint32_t *const end = words + TQ_SWAR_WORDS * count;
  int32_t left = walk->tap + count < taps ? count : taps - walk->tap;

  while (left > 0) {
    const int has = has_row(walk);
    const int8_t *from[TQ_SWAR_TILE];
    /* Rows of padding have no run of a whole row: `outside` is one pixel. */
    int32_t run = (walk->whole_rows && has ? (width - walk->column) * c : c) - walk->channel;
    if (run > left) run = left;
    find(walk, has, from);
    for (int32_t i = 0; i < TQ_SWAR_WORDS; i++) put(from[2 * i], from[2 * i + 1], run, words + i);
    words += TQ_SWAR_WORDS * run;
    left -= run;
    walk->tap += run;
    walk->channel += run;
    while (walk->channel >= c) {
      walk->channel -= c;
      if (++walk->column == width) {
        walk->column = 0;
        walk->row++;
      }
    }
  }
  while (words < end) *words++ = 0;
}
