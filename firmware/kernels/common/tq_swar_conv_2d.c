#include "tq_swar_lines.h"

/* What all tiles have in common. */
typedef struct {
  const tq_swar_plan *plan;
  const uint16_t *codes;
  tq_scaling scaling;
  int quick;
  uint32_t *tables, *x, *lanes;
  int32_t *sums;
} work;

static void clear(uint32_t *words, int32_t count) {
  for (const uint32_t *const end = words + count; words < end; words++) *words = 0;
}

/* Filters [channel, channel + filters) at a tile. */
static void tile(const work *w, tq_swar_walk *walk, int32_t channel, int32_t filters) {
  const tq_swar_plan *plan = w->plan;
  const int32_t unit_taps = tq_swar_unit_taps(plan->ternary);
  const uint16_t *const codes = w->codes + channel * plan->row_units;
  int32_t since = 0; /* taps in lanes */
  int parted = 0;

  clear(w->lanes, TQ_SWAR_WORDS * filters);
  for (int32_t unit = 0; unit < plan->row_units; unit += plan->units) {
    const int32_t left = plan->row_units - unit, units = left < plan->units ? left : plan->units;
    const int32_t taps = units * unit_taps;
    if (since + taps > TQ_SWAR_TAPS) {
      tq_swar_part(w->lanes, TQ_SWAR_WORDS * filters, !parted, w->sums);
      clear(w->lanes, TQ_SWAR_WORDS * filters);
      since = 0;
      parted = 1;
    }
    since += taps;
    tq_swar_gather(walk, plan->taps, taps, w->x);
    tq_swar_set_tables(w->x, units, plan->ternary, w->tables);
    tq_swar_look_up(w->lanes, codes + unit, plan->row_units, units, filters, plan->ternary, w->tables);
  }
  if (parted) tq_swar_part(w->lanes, TQ_SWAR_WORDS * filters, 0, w->sums);
}

/* Outputs of the same. */
static void put(const work *w, int32_t channel, int32_t filters, int32_t count, int8_t *output, int32_t step) {
  const uint32_t *lanes = w->lanes;
  tq_swar_scale scale;

  for (int32_t i = 0; i < filters; i++, lanes += TQ_SWAR_WORDS, output++) {
    if (w->quick) tq_swar_set_scale(&w->scaling, channel + i, &scale);
    if (w->quick && w->plan->sums_bytes) {
      tq_swar_quick_sums(&scale, w->sums + TQ_SWAR_TILE * i, count, output, step);
    } else if (w->quick) {
      tq_swar_quick(&scale, lanes, count, output, step);
    } else {
      int32_t few[TQ_SWAR_TILE];
      if (!w->plan->sums_bytes) tq_swar_part(lanes, TQ_SWAR_WORDS, 1, few);
      tq_swar_outputs(&w->scaling, channel + i, w->plan->sums_bytes ? w->sums + TQ_SWAR_TILE * i : few, count, output,
                      step);
    }
  }
}

static void by_tables(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                      const uint16_t *codes, int ternary, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_swar_plan plan = tq_swar_plan_of(dims, ternary);
  const int32_t c = dims->filter.c, out_c = dims->output.c, groups = dims->input.c / c, in_group = out_c / groups;
  const int32_t positions = dims->output.n * dims->output.h * dims->output.w;
  work w = {&plan, codes, tq_conv_scaling(params, bias), 0, scratch, NULL, NULL, NULL};
  tq_swar_walk walk;

  w.quick = tq_swar_is_quick(&w.scaling, plan.taps, 0, out_c);
  w.x = w.tables + plan.tables_bytes / 4;
  w.lanes = w.x + plan.x_bytes / 4;
  w.sums = (int32_t *)(void *)(w.lanes + plan.lanes_bytes / 4);
  int8_t *const outside = (int8_t *)w.sums + plan.sums_bytes;
  for (int32_t i = 0; i < c; i++) outside[i] = (int8_t)params->input_zero_point;
  walk.params = params;
  walk.dims = dims;
  walk.outside = outside;
  for (int32_t first = 0; first < positions; first += TQ_SWAR_TILE) {
    const int32_t left = positions - first, count = left < TQ_SWAR_TILE ? left : TQ_SWAR_TILE;
    int32_t filters;
    for (int32_t channel = 0; channel < out_c; channel += filters) {
      const int32_t group = channel / in_group, more = (group + 1) * in_group - channel;
      filters = more < plan.filters ? more : plan.filters;
      walk.input = input + group * c;
      tq_swar_begin(&walk, first, count);
      tile(&w, &walk, channel, filters);
      put(&w, channel, filters, count, output + first * out_c + channel, out_c);
    }
  }
}

TQ_ONCE
void tq_swar_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                     const uint16_t *codes, int ternary, const int32_t *bias, int8_t *output, void *scratch) {
  const int lines = tq_swar_is_lines(dims) && (params->dilation_w == 1 || dims->filter.w == 1);

  if (TQ_TAKES(TQ_USED_SWAR_LINES, TQ_USED_SWAR_TABLES, lines)) {
    tq_swar_lines(params, dims, input, codes, ternary, bias, output, scratch);
  } else {
    by_tables(params, dims, input, codes, ternary, bias, output, scratch);
  }
}
