#include "tq_swar_lines.h"

/* What all stretches have in common. */
typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  const tq_swar_lines_plan *plan;
  tq_swar_steps steps;
  tq_swar_stretch stretch;
  tq_scaling scaling;
  int quick;
  uint32_t *x, *lanes;
  uint8_t *filters;
  int32_t count; /* of filters */
} work;

/* As many tiles of a row as there is room for with all rows of a window, and of the next ones. */
static tq_swar_stretch stretch_of(const tq_conv_params *params, const tq_conv_dims *dims, int32_t bytes) {
  const int32_t w = dims->filter.w, phases = 2 * params->stride_w, of_row = dims->output.w;
  const int32_t rows = dims->filter.h + (dims->output.h > 1 ? TQ_SWAR_MORE_ROWS : 0);
  tq_swar_stretch s;

  s.phases = phases < w ? phases : w;
  s.tiles = 1;
  for (;; s.tiles++) {
    s.phase_words = TQ_SWAR_WORDS * s.tiles + (w - 1) / phases;
    s.row_words = s.phases * s.phase_words;
    const int32_t more = 4 * rows * (s.row_words + s.phases * TQ_SWAR_WORDS);
    if (s.tiles == TQ_SWAR_TILES || s.tiles * TQ_SWAR_TILE >= of_row || more > bytes) break;
  }
  s.rows = bytes / (4 * s.row_words);
  return s;
}

/* Row `row` of a window that begins at input row y. */
static void put_row(const work *w, const int8_t *image, int32_t y, int32_t row, int32_t begin, uint32_t *words) {
  const tq_dims *in = &w->dims->input;
  const int32_t at = y + row * w->params->dilation_h;
  const int8_t *const from = at >= 0 && at < in->h ? image + at * w->steps.in_down : NULL;

  tq_swar_put_row(&w->stretch, w->params->stride_w, from, in->w, w->steps.in_right, w->params->input_zero_point, begin,
                  words);
}

static void put_outputs(const work *w, const uint32_t *x, int32_t channel, int32_t count, int8_t *output) {
  const int32_t tiles = (count + TQ_SWAR_TILE - 1) / TQ_SWAR_TILE, step = w->steps.out_right;

  for (int32_t i = 0; i < w->count; i++, output++) {
    const uint8_t *const at = w->filters + i * w->plan->filter_bytes;
    const tq_swar_filter *const filter = (const tq_swar_filter *)(const void *)at;
    tq_swar_add_taps(w->lanes, x, filter, tiles);
    if (w->quick) {
      tq_swar_quick(&filter->scale, w->lanes, count, output, step);
      continue;
    }
    for (int32_t j = 0; j < count; j++) {
      const uint32_t word = w->lanes[j / 2];
      const int32_t sum = j % 2 ? tq_swar_high(word) : tq_swar_low(word);
      tq_swar_outputs(&w->scaling, channel + i, &sum, 1, output + j * step, step);
    }
  }
}

/* `count` columns of an image, from `first` on. What rows neighbouring windows have in common stays where it is. */
static void columns(const work *w, const int8_t *image, int32_t channel, int32_t first, int32_t count,
                    int8_t *output) {
  const tq_conv_params *params = w->params;
  const tq_dims *out = &w->dims->output;
  const int32_t h = w->dims->filter.h, row_words = w->stretch.row_words, stride = params->stride_h;
  const int32_t begin = first * params->stride_w - params->pad_left;
  const int32_t kept = params->dilation_h == 1 && stride < h ? h - stride : 0;
  uint32_t *x = w->x;

  for (int32_t y = 0; y < out->h; y++) {
    int32_t row = 0;
    if (y > 0 && kept > 0) {
      x += stride * row_words;
      row = kept;
      if (x + h * row_words > w->x + w->stretch.rows * row_words) {
        for (int32_t i = 0; i < kept * row_words; i++) w->x[i] = x[i];
        x = w->x;
      }
    }
    for (; row < h; row++) put_row(w, image, y * stride - params->pad_top, row, begin, x + row * row_words);
    put_outputs(w, x, channel, count, output + y * w->steps.out_down + first * w->steps.out_right);
  }
}

/* All positions of a channel, by the filters from `channel` on. */
static void positions(const work *w, const int8_t *input, int32_t channel, int8_t *output) {
  const tq_dims *in = &w->dims->input, *out = &w->dims->output;
  const int32_t most = TQ_SWAR_TILE * w->stretch.tiles;

  for (int32_t n = 0; n < out->n; n++) {
    for (int32_t x = 0; x < out->w; x += most) {
      columns(w, input, channel, x, out->w - x < most ? out->w - x : most, output);
    }
    input += in->h * in->w * in->c;
    output += out->h * out->w * out->c;
  }
}

/* What the lines are, and the axes with them. */
static tq_swar_steps turn(tq_conv_params *params, tq_conv_dims *dims) {
  const tq_dims in = dims->input, out = dims->output, filter = dims->filter;
  const tq_conv_params own = *params;
  const tq_swar_steps rows = {in.c, in.w * in.c, out.c, out.w * out.c, 1, filter.w};
  const tq_swar_steps columns = {rows.in_down, rows.in_right, rows.out_down, rows.out_right, filter.w, 1};

  if (!tq_swar_is_narrow(dims) || (own.dilation_h > 1 && filter.h > 1)) return rows;
  *dims = tq_swar_turned(dims);
  params->stride_h = own.stride_w;
  params->stride_w = own.stride_h;
  params->dilation_h = own.dilation_w;
  params->dilation_w = own.dilation_h;
  params->pad_top = own.pad_left;
  params->pad_left = own.pad_top;
  return columns;
}

void tq_swar_lines(const tq_conv_params *given, const tq_conv_dims *shape, const int8_t *input, const uint16_t *codes,
                   int ternary, const int32_t *bias, int8_t *output, void *scratch) {
  tq_conv_params params = *given;
  tq_conv_dims dims = *shape;
  const tq_swar_steps steps = turn(&params, &dims);
  const tq_swar_lines_plan plan = tq_swar_lines_plan_of(&dims);
  const int32_t units = tq_swar_units(plan.taps, ternary), multiplier = dims.filter.n / dims.input.c;
  work w = {&params, &dims, &plan, steps, stretch_of(&params, &dims, plan.rows_bytes),
            tq_conv_scaling(&params, bias), 0, scratch, NULL, NULL, 0};

  w.quick = tq_swar_is_quick(&w.scaling, plan.taps, 0, dims.output.c);
  w.lanes = w.x + plan.rows_bytes / 4;
  w.filters = (uint8_t *)(w.lanes + plan.lanes_bytes / 4);
  int8_t *const room = (int8_t *)(w.filters + plan.filters * plan.filter_bytes);
  for (int32_t channel = 0; channel < dims.input.c; channel++) {
    const int32_t end = (channel + 1) * multiplier;
    for (int32_t o = end - multiplier; o < end; o += w.count) {
      w.count = end - o < plan.filters ? end - o : plan.filters;
      for (int32_t i = 0; i < w.count; i++) {
        tq_swar_filter *const filter = (tq_swar_filter *)(void *)(w.filters + i * plan.filter_bytes);
        tq_swar_unpack(codes + (o + i) * units, ternary, plan.taps, room);
        tq_swar_set_filter(&dims, &steps, params.stride_w, &w.stretch, room, filter);
        if (w.quick) tq_swar_set_scale(&w.scaling, o + i, &filter->scale);
      }
      positions(&w, input + channel, o, output + o);
    }
  }
}
