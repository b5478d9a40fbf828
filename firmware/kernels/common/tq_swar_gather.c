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

/* `count` inputs of a pixel, or a row of them, from channel walk->channel on. */
static void put_run(const tq_swar_walk *walk, int32_t count, uint32_t *words) {
  const tq_dims *in = &walk->dims->input;
  const int32_t down = walk->row * walk->params->dilation_h, right = walk->column * walk->params->dilation_w;
  const int32_t step = (down * in->w + right) * in->c + walk->channel;
  const int8_t *from[TQ_SWAR_TILE];

  for (int32_t i = 0; i < TQ_SWAR_TILE; i++) {
    const tq_swar_corner *const corner = walk->corners + i;
    const int32_t y = corner->y + down, x = corner->x + right;
    const int is_inside = (uint32_t)y < (uint32_t)in->h && (uint32_t)x < (uint32_t)in->w;
    from[i] = is_inside ? walk->input + (corner->place + step) : walk->outside;
  }
  for (int32_t i = 0; i < TQ_SWAR_WORDS; i++) put(from[2 * i], from[2 * i + 1], count, words + i);
}

void tq_swar_gather(tq_swar_walk *walk, int32_t taps, int32_t count, uint32_t *words) {
  const int32_t width = walk->dims->filter.w, c = walk->dims->filter.c;
  const uint32_t *const end = words + TQ_SWAR_WORDS * count;
  int32_t left = walk->tap + count < taps ? count : taps - walk->tap;

  while (left > 0) {
    /* Rows of padding have no run of a whole row: `outside` is one pixel. */
    int32_t run = c - walk->channel;
    if (walk->whole_rows) {
      const int32_t down = walk->row * walk->params->dilation_h;
      int whole = 1;
      for (int32_t i = 0; i < TQ_SWAR_TILE; i++) {
        whole &= (uint32_t)(walk->corners[i].y + down) < (uint32_t)walk->dims->input.h;
      }
      if (whole) run = (width - walk->column) * c - walk->channel;
    }
    if (run > left) run = left;
    put_run(walk, run, words);
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
