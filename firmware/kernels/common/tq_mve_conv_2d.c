#include "tq_mve_conv_2d.h"

#include "tinyq/tq_used.h"
#include "tq_mve_dot.h"
#include "tq_mve_rows.h"
#include "tq_mve_scales.h"
#include "tq_mve_windows.h"

/* Filters at all positions of a group. */
typedef struct {
  tq_mve_scales scales;
  const int8_t *filters; /* [count][taps] */
  int32_t taps, count;   /* count: TQ_MVE_APART at most */
  int32_t *sums;         /* [TQ_MVE_POSITIONS][TQ_MVE_APART] */
  int8_t *lines;         /* [3][taps] */
} pass;

/* Sums of all filters at three positions. */
static void sum_three(const pass *p, const int8_t *const x[3], int32_t *sums) {
  const int32_t even = p->count & ~1;

  if (even > 0) tq_mve_dots(x, p->filters, p->filters + p->taps, p->taps, p->taps, sums, even / 2);
  if (even < p->count) {
    const int8_t *const last = p->filters + even * p->taps;
    tq_mve_dots(x, last, last, 0, p->taps, sums + even, 1);
  }
}

static void run(const pass *p, tq_mve_windows windows, int32_t positions, int8_t *output, int32_t step) {
  for (; positions > 0; positions -= TQ_MVE_POSITIONS, output += TQ_MVE_POSITIONS * step) {
    const int32_t rows = positions < TQ_MVE_POSITIONS ? positions : TQ_MVE_POSITIONS;
    for (int32_t row = 0; row < rows; row += 3) {
      const int8_t *x[3];
      x[0] = tq_mve_next_window(&windows, p->lines);
      x[1] = row + 1 < rows ? tq_mve_next_window(&windows, p->lines + p->taps) : x[0];
      x[2] = row + 2 < rows ? tq_mve_next_window(&windows, p->lines + 2 * p->taps) : x[0];
      sum_three(p, x, p->sums + row * TQ_MVE_APART);
    }
    tq_mve_outputs(&p->scales, p->count, rows, p->sums, output, step);
  }
}

/* Inputs of one channel. */
static void run_rows(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                     const tq_dsp_weights *weights, const tq_mve_layer *layer, int8_t *output, void *scratch) {
  const int32_t taps = dims->filter.w, bytes = tq_mve_row_bytes(dims);
  int8_t *to = scratch;

  for (int32_t o = 0; o < dims->filter.n; o++, to += bytes) {
    const int8_t *const filter = tq_mve_weights(params, weights, o, 1, taps, to);
    if (filter != to) tq_mve_copy(to, filter, taps);
    tq_mve_fill(to + taps, 0, bytes - taps);
  }
  tq_mve_rows(params, dims, layer, input, output, scratch);
}

void tq_mve_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                    const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const int packed = weights->unpack || weights->unpack_table;
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c;
  const int32_t groups = dims->input.c / dims->filter.c, each = dims->filter.n / groups;
  const int32_t most = tq_mve_filters_at_once(dims, packed);
  const int32_t positions = dims->output.n * dims->output.h * dims->output.w;
  int32_t *const room = scratch, *const sums = room + 3 * most;
  uint16_t *const places = (uint16_t *)(sums + TQ_MVE_POSITIONS * TQ_MVE_APART);
  int8_t *const lines = (int8_t *)(places + taps), *const panel = lines + 3 * taps;
  const tq_mve_layer layer = {params->multiplier, params->shift, weights->unpack ? params->levels : NULL, bias,
                              params->input_zero_point, params->output_zero_point, params->activation_min,
                              params->activation_max};

  if (TQ_TAKES(TQ_USED_MVE_ROWS, TQ_USED_MVE_WINDOWS, dims->input.c == 1 && tq_mve_are_rows(params, dims))) {
    run_rows(params, dims, input, weights, &layer, output, scratch);
    return;
  }
  for (int32_t channel = 0; channel < dims->filter.n;) {
    const int32_t group = channel / each, rest = (group + 1) * each - channel, count = rest < most ? rest : most;
    const pass p = {tq_mve_scales_at(&layer, channel, most, room),
                    tq_mve_weights(params, weights, channel, count, taps, panel),
                    taps, count, sums, lines};
    for (int32_t i = 0; i < count; i++) {
      tq_mve_set_scale(&layer, &p.scales, i, channel + i, tq_mve_total(p.filters + i * taps, taps));
    }
    run(&p, tq_mve_windows_of(params, dims, input + group * dims->filter.c, places), positions, output + channel,
        dims->output.c);
    channel += count;
  }
}
