#include "tq_swar_conv_2d.h"

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

int32_t tq_swar_next(tq_swar_walk *walk, int32_t left, const int8_t *from[TQ_SWAR_TILE]) {
  const int32_t width = walk->dims->filter.w, c = walk->dims->filter.c;
  const int has = has_row(walk);
  /* Rows of padding have no run of a whole row: `outside` is one pixel. */
  const int32_t there = (walk->whole_rows && has ? (width - walk->column) * c : c) - walk->channel;
  const int32_t run = there < left ? there : left;

  find(walk, has, from);
  walk->tap += run;
  walk->channel += run;
  while (walk->channel >= c) {
    walk->channel -= c;
    if (++walk->column == width) {
      walk->column = 0;
      walk->row++;
    }
  }
  return run;
}
