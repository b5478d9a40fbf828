#include "tq_swar_conv_2d.h"

/* What all tiles have in common. */
typedef struct {
  const tq_swar_plan *plan;
  const uint16_t *codes;
  tq_scaling scaling;
  uint32_t *tables, *x, *lanes;
  int32_t *sums;
} work;

/* Lanes -> sums, in front of which there is nothing where `first`. */
static void part(const work *w, int32_t filters, int first) {
  const uint32_t *lane = w->lanes;
  int32_t *sum = w->sums;

  for (const uint32_t *const end = lane + TQ_SWAR_WORDS * filters; lane < end; lane++, sum += 2) {
    sum[0] = (first ? 0 : sum[0]) + tq_swar_low(*lane);
    sum[1] = (first ? 0 : sum[1]) + tq_swar_high(*lane);
  }
}

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
      part(w, filters, !parted);
      clear(w->lanes, TQ_SWAR_WORDS * filters);
      since = 0;
      parted = 1;
    }
    since += taps;
    tq_swar_gather(walk, plan->taps, taps, w->x);
    tq_swar_set_tables(w->x, units, plan->ternary, w->tables);
    tq_swar_look_up(w->lanes, codes + unit, plan->row_units, units, filters, plan->ternary, w->tables);
  }
  if (parted) part(w, filters, 0);
}

void tq_swar_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                     const uint16_t *codes, int ternary, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_swar_plan plan = tq_swar_plan_of(dims, ternary);
  const int32_t c = dims->filter.c, out_c = dims->output.c, groups = dims->input.c / c, in_group = out_c / groups;
  const int32_t positions = dims->output.n * dims->output.h * dims->output.w;
  work w = {&plan, codes, tq_conv_scaling(params, bias), scratch, NULL, NULL, NULL};
  tq_swar_walk walk;

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
      for (int32_t i = 0; i < filters; i++) {
        tq_swar_outputs(&w.scaling, plan.taps, channel + i, w.lanes + TQ_SWAR_WORDS * i,
                        plan.sums_bytes ? w.sums + TQ_SWAR_TILE * i : NULL, count,
                        output + first * out_c + channel + i, out_c);
      }
    }
  }
}
