#include "tq_swar_int8.h"

/* What all tiles have in common. */
typedef struct {
  tq_swar_int8_plan plan;
  const int8_t *weights;
  int32_t step, next;
  tq_scaling scaling;
  int quick;
  int32_t *x, *sums;
} work;

/* Filters [channel, channel + filters) at a tile. */
static void tile(const work *w, tq_swar_walk *walk, int32_t channel, int32_t filters) {
  const int8_t *weights = w->weights + channel * w->next;

  for (int32_t i = 0; i < TQ_SWAR_TILE * filters; i++) w->sums[i] = 0;
  for (int32_t done = 0, count; done < w->plan.taps; done += count) {
    count = w->plan.taps - done < w->plan.chunk ? w->plan.taps - done : w->plan.chunk;
    tq_swar_widen(walk, count, w->x);
    for (int32_t half = 0; half < TQ_SWAR_TILE; half += TQ_SWAR_FOUR) {
      tq_swar_products(w->sums + half, w->x + half * count, count, weights, w->step, w->next, filters);
    }
    weights += count * w->step;
  }
}

/* Outputs of the same. */
static void put(const work *w, int32_t channel, int32_t filters, int32_t count, int8_t *output, int32_t step) {
  tq_swar_scale scale;

  for (int32_t i = 0; i < filters; i++, output++) {
    const int32_t *const sums = w->sums + TQ_SWAR_TILE * i;
    if (w->quick) {
      tq_swar_set_scale(&w->scaling, channel + i, &scale);
      tq_swar_quick_sums(&scale, sums, count, output, step);
    } else {
      tq_swar_outputs(&w->scaling, channel + i, sums, count, output, step);
    }
  }
}

static void by_windows(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                       const int8_t *weights, int32_t step, int32_t next, const int32_t *bias, int8_t *output,
                       void *scratch) {
  const int32_t c = dims->filter.c, out_c = dims->output.c, in_group = out_c / (dims->input.c / c);
  const int32_t positions = dims->output.n * dims->output.h * dims->output.w;
  work w = {tq_swar_int8_plan_of(dims), weights, step, next, tq_conv_scaling(params, bias), 0, scratch, NULL};
  tq_swar_walk walk;

  w.quick = tq_swar_is_quick(&w.scaling, w.plan.taps, 0, out_c);
  w.sums = w.x + w.plan.x_bytes / 4;
  int8_t *const outside = (int8_t *)w.sums + w.plan.sums_bytes;
  for (int32_t i = 0; i < c; i++) outside[i] = (int8_t)params->input_zero_point;
  walk.params = params;
  walk.dims = dims;
  walk.outside = outside;
  for (int32_t first = 0; first < positions; first += TQ_SWAR_TILE) {
    const int32_t left = positions - first, count = left < TQ_SWAR_TILE ? left : TQ_SWAR_TILE;
    for (int32_t channel = 0, filters; channel < out_c; channel += filters) {
      const int32_t group = channel / in_group, more = (group + 1) * in_group - channel;
      filters = more < w.plan.filters ? more : w.plan.filters;
      walk.input = input + group * c;
      tq_swar_begin(&walk, first, count);
      tile(&w, &walk, channel, filters);
      put(&w, channel, filters, count, output + first * out_c + channel, out_c);
    }
  }
}

TQ_ONCE
void tq_swar_int8(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input, const int8_t *weights,
                  int32_t step, int32_t next, const int32_t *bias, int8_t *output, void *scratch) {
  const int moves = params->stride_w == 1 && (params->dilation_w == 1 || dims->filter.w == 1);

  if (TQ_TAKES(TQ_USED_SWAR_INT8_LINES, TQ_USED_SWAR_INT8_WINDOWS, moves && tq_swar_int8_is_line(dims))) {
    tq_swar_int8_along(params, dims, input, weights, step, next, bias, output, scratch);
  } else {
    by_windows(params, dims, input, weights, step, next, bias, output, scratch);
  }
}
