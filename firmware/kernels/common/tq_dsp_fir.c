#include "tq_dsp_fir.h"

/* What all stretches of rows have in common. */
typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  const tq_dsp_fir_plan *plan;
  tq_dsp_clamp clamp;
  const uint8_t *filters;
  int32_t count; /* of filters */
  uint32_t *x, *sums;
} work;

/* All rows of a channel. */
static void rows_of(const work *w, const int8_t *input, int8_t *output) {
  const tq_dims *in = &w->dims->input, *out = &w->dims->output;

  for (int32_t y = 0; y < out->n * out->h; y++) {
    const int32_t in_y = y % out->h * w->params->stride_h - w->params->pad_top;
    const int32_t size = in_y < 0 || in_y >= in->h ? 0 : in->w; /* a row of padding has no places */
    const int8_t *const row = size ? input + (y / out->h * in->h + in_y) * in->w * in->c : input;
    for (int32_t x = 0; x < out->w; x += TQ_DSP_FIR_POSITIONS) {
      const int32_t count = out->w - x < TQ_DSP_FIR_POSITIONS ? out->w - x : TQ_DSP_FIR_POSITIONS;
      int8_t *const to = output + (y * out->w + x) * out->c;
      const int32_t pairs = tq_dsp_fir_pairs(w->plan->words, tq_dsp_fir_tiles(count, w->plan->coded), w->plan->coded);
      tq_dsp_fir_neighbours(w->plan, row, size, in->c, w->params->input_zero_point, x - w->params->pad_left, pairs,
                            w->x);
      for (int32_t i = 0; i < w->count; i++) {
        const uint8_t *const filter = w->filters + i * w->plan->filter_bytes;
        tq_dsp_fir_outputs(&w->clamp, w->plan, (const tq_dsp_fir_filter *)(const void *)filter, w->x, w->sums, count,
                           to + i, out->c);
      }
    }
  }
}

/* Filter o: the filters of a depthwise layer lie side by side, and its codes are all at `room` already. */
static void set(const work *w, const tq_dsp_weights *weights, const int32_t *bias, int depthwise, int32_t o,
                int8_t *room, tq_dsp_fir_filter *filter) {
  const tq_conv_params *params = w->params;
  const int32_t taps = w->dims->filter.w, coded = w->plan->coded;

  if (depthwise) {
    const int8_t *const all = coded ? room : weights->data;
    tq_dsp_fir_set(params, bias, o, all + o, w->dims->filter.c, taps, coded, filter);
  } else {
    const int8_t *const codes = tq_dsp_fetch(weights, params->tables, params->levels, o, taps, room);
    tq_dsp_fir_set(params, bias, o, codes, 1, taps, coded, filter);
  }
}

void tq_dsp_fir(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch, int depthwise) {
  const tq_dsp_fir_plan plan = tq_dsp_fir_plan_of(dims, weights->unpack != NULL, depthwise);
  const int32_t multiplier = dims->output.c / dims->input.c;
  uint8_t *const behind_x = (uint8_t *)scratch + plan.x_bytes;
  uint8_t *const filters = behind_x + plan.sums_bytes + plan.whole_bytes;
  int8_t *const room = (int8_t *)(filters + plan.filters * plan.filter_bytes);
  work w = {params, dims, &plan, {0}, filters, 0, scratch, (uint32_t *)(void *)behind_x};

  w.clamp = tq_dsp_clamp_of(params->output_zero_point, params->activation_min, params->activation_max);
  if (depthwise && plan.coded) weights->unpack(weights->data, 0, dims->filter.w * dims->filter.c, room);
  for (int32_t channel = 0; channel < dims->input.c; channel++) {
    const int32_t end = (channel + 1) * multiplier;
    for (int32_t o = end - multiplier; o < end; o += w.count) {
      w.count = end - o < plan.filters ? end - o : plan.filters;
      for (int32_t i = 0; i < w.count; i++) {
        set(&w, weights, bias, depthwise, o + i, room,
            (tq_dsp_fir_filter *)(void *)(filters + i * plan.filter_bytes));
      }
      rows_of(&w, input + channel, output + o);
    }
  }
}
