#include "tq_neon_nibbles.h"

static void choose_nibbles(tq_nibbles *l) {
  const tq_dims filter = l->dims->filter;
  const int32_t bits = filter.c * l->x_planes;

  l->digits = 4 / l->x_planes;
  l->channels = filter.c < l->digits ? filter.c : l->digits;
  l->groups = (filter.c + l->channels - 1) / l->channels;
  l->neighbours = bits <= 2 ? 4 / bits : 1;
  l->down = filter.w == 1;
  if (l->neighbours > 1 && l->down) {
    l->lookups = (filter.h + l->neighbours - 1) / l->neighbours;
  } else if (l->neighbours > 1) {
    l->lookups = filter.h * ((filter.w + l->neighbours - 1) / l->neighbours);
  } else {
    l->lookups = filter.h * filter.w * l->groups;
  }
  l->held = tq_nibbles_held(filter.n, tq_nibbles_lookups(l->dims));
}

/* Returns whether sums fit. */
static int32_t choose_sums(tq_nibbles *l) {
  const tq_conv_bits_params *const p = l->params;
  const tq_dims filter = l->dims->filter;
  const int32_t peak = tq_nibbles_peak(p->x_levels) * tq_nibbles_peak(p->w_levels);
  const int64_t largest = (int64_t)filter.h * filter.w * filter.c * peak;

  l->divisor = p->x_levels == 3 || p->w_levels == 3 ? 1 : 2; /* sums of odd products are all odd, or all even */
  if (2 / l->divisor * largest >= UINT16_MAX) return 0;
  l->largest = (int32_t)largest;
  l->most = 2 / l->divisor * l->largest;
  l->at_once = l->most > UINT8_MAX ? UINT8_MAX / (2 / l->divisor * peak * l->channels * l->neighbours) : l->lookups;
  return 1;
}

/* The most output rows for which there is room; returns whether there is for one. */
static int32_t choose_band(tq_nibbles *l) {
  const tq_conv_bits_params *const p = l->params;
  const tq_dims filter = l->dims->filter, out = l->dims->output;
  const int64_t seen_w = (int64_t)(filter.w - 1) * p->dilation_w + 1;
  const int64_t seen_h = (int64_t)(filter.h - 1) * p->dilation_h + 1;
  const int64_t width = (int64_t)(out.w - 1) * p->stride_w + seen_w;
  const int32_t room = tq_nibbles_plane(l->dims), lanes = tq_nibbles_lanes(l->dims);

  if (width > tq_nibbles_width(l->dims) || seen_h > room) return 0;
  l->width = (int32_t)width;
  l->step_w = out.w > 1 ? p->stride_w : 1;
  l->part = (l->width + l->step_w - 1) / l->step_w;
  for (l->band = out.h; l->band > 0; l->band = l->band > 1 ? (l->band + 1) / 2 : 0) {
    l->step_h = l->band > 1 ? p->stride_h : 1;
    const int64_t rows = ((int64_t)(l->band - 1) * l->step_h + seen_h + l->step_h - 1) / l->step_h;
    const int64_t plane = l->step_h * rows * l->step_w * l->part, all = (int64_t)(l->band - 1) * l->part + out.w;
    l->rows = (int32_t)rows;
    l->plane = (int32_t)plane;
    l->lanes = tq_nibbles_up((int32_t)(all < lanes ? all : lanes), TQ_NIBBLES_LANES);
    if (plane <= room && all <= lanes) return 1;
  }
  return 0;
}

static void lay_out(tq_nibbles *l, uint8_t *left) {
  const int32_t n = l->dims->filter.n, apart = tq_nibbles_up(n, 8), width = tq_nibbles_width(l->dims);

  l->sums = (int32_t *)(void *)left;
  tq_neon_bits_lay_thresholds(&l->store, l->sums + apart);
  l->counts = (uint16_t *)(void *)(left += 4 * TQ_NEON_MOST_LEVELS * apart);
  l->marks = left;
  l->wide = (uint16_t *)(void *)(left += 2 * apart * tq_nibbles_lanes(l->dims));
  l->from = (uint32_t *)(void *)(left += 8 * TQ_NIBBLES_LANES);
  l->limits = (uint16_t *)(void *)(left += 4 * tq_nibbles_lookups(l->dims));
  l->flip = left += 2 * (TQ_NIBBLES_LEVELS - 1) * apart;
  l->narrow = left += tq_nibbles_up(apart / 8, 16);
  l->products = left += 4 * TQ_NIBBLES_LANES;
  l->tables = left += 2 * 16 * TQ_NIBBLES_PRODUCTS;
  l->line = left += tq_nibbles_tables(l->dims);
  l->joined = left += 4 * width;
  l->planes = left + width;
}

int32_t tq_neon_nibbles_plan(tq_nibbles *l, void *scratch) {
  const tq_conv_bits_params *const p = l->params;

  l->x_planes = tq_bits_planes(p->x_levels);
  l->w_planes = tq_bits_planes(p->w_levels);
  if (l->x_planes > 2 || l->w_planes > 2 || l->dims->input.c != l->dims->filter.c) return 0;
  l->words = tq_bits_words(l->dims->filter.c);
  choose_nibbles(l);
  if (!choose_sums(l) || !choose_band(l) || !tq_neon_nibbles_are_faster(l)) return 0;
  lay_out(l, scratch);
  return 1;
}
