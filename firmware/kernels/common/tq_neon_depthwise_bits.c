#include "tq_neon_depthwise_bits.h"

/* Sizes, and the parts of the scratch memory. Returns whether they fit. */
static int32_t plan(tq_lanes_layer *l, void *scratch) {
  const tq_dims in = l->dims->input, filter = l->dims->filter, out = l->dims->output;
  const tq_conv_bits_params *const p = l->params;
  const int64_t width = (int64_t)(out.w - 1) * p->stride_w + (int64_t)(filter.w - 1) * p->dilation_w + 1;
  const int32_t most = in.w + 2 * filter.w, x_words = TQ_LANES_PLANES * tq_bits_words(in.c);
  const int32_t peaks = l->ternary ? 4 : tq_sliced_peaks(p->x_levels, p->w_levels);
  const int32_t thresholds = p->output.thresholds ? p->output.levels - 1 : TQ_SLICED_THRESHOLDS + 1;

  if (width > most || l->x_planes > TQ_LANES_PLANES || l->w_planes > TQ_LANES_PLANES) return 0;
  l->phases = out.w > 1 ? p->stride_w : 1;
  l->part = ((int32_t)width + l->phases - 1) / l->phases;
  l->taps = filter.h * filter.w;
  if (l->phases * l->part > most || l->taps > TQ_SLICED_LIMIT / peaks) return 0;
  l->largest = l->taps * peaks;
  l->divisor = l->ternary ? 2 : tq_sliced_divisors(p->x_levels, p->w_levels);
  for (int32_t rest = l->largest + 1; rest > 0; rest /= 2) l->digits++;
  l->pixel = tq_lanes_pixel(out.c);
  l->apart = l->pixel + TQ_MOST_LANES;
  l->plane = filter.h * l->phases * l->part * l->pixel + TQ_MOST_LANES;
  l->line = out.w * l->pixel + TQ_MOST_LANES;
  l->outside = scratch;
  l->limits = (uint32_t *)(l->outside + x_words);
  l->from = l->limits + TQ_SLICED_THRESHOLDS * TQ_SLICED_DIGITS;
  l->sums = (int32_t *)(l->from + l->taps);
  l->copy = (uint8_t *)(l->sums + 8 * l->line);
  l->lines = l->copy + TQ_LANES_PLANES * (filter.h * most * l->pixel + TQ_MOST_LANES);
  l->weights = l->lines + TQ_LANES_PLANES * l->line;
  l->flip = l->weights + l->taps * TQ_LANES_PLANES * l->apart;
  l->there = l->flip + l->apart;
  l->below = thresholds <= TQ_SLICED_THRESHOLDS ? l->there + l->apart : NULL;
  return 1;
}

static void lay_out(tq_lanes_layer *l, const int32_t *weights) {
  const tq_conv_bits_params *const p = l->params;
  const int32_t channels = l->dims->input.c;

  for (int32_t tap = 0; tap < l->taps; tap++) {
    const int32_t x = tap % l->dims->filter.w * p->dilation_w, row = tap / l->dims->filter.w;
    l->from[tap] = (uint32_t)(((row * l->phases + x % l->phases) * l->part + x / l->phases) * l->pixel);
  }
  for (int32_t c = 0; c < channels; c++) tq_put_code(l->outside, channels, p->x_levels, c, p->pad_code);
  tq_neon_lay_patterns(l, weights);
}

/* The lanes of a row of outputs. */
static void run_line(const tq_lanes_layer *l) {
  const int32_t bytes = l->dims->output.w * l->pixel;
  tq_lanes_counter *const count = l->ternary ? tq_neon_count_ternary : tq_neon_count_signs;
  tq_lanes counts[TQ_SLICED_DIGITS];

  for (int32_t at = 0; at < bytes; at += TQ_LANES) {
    const int32_t phase = at % l->pixel;
    count(l, l->copy + at, l->weights + phase, counts);
    if (l->below) {
      tq_neon_compare_lanes(l, counts, phase, l->lines + at);
    } else {
      tq_neon_sum_lanes(l, counts, l->sums + 8 * at);
    }
  }
}

int32_t tq_neon_depthwise_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                               const int32_t *weights, const void *bias, tq_neon_store_row *store, void *output,
                               void *scratch) {
  const tq_dims out = dims->output;
  const int32_t x_planes = tq_bits_planes(params->x_levels), w_planes = tq_bits_planes(params->w_levels);
  const int32_t ternary = params->x_levels <= 3 && params->w_levels <= 3 && x_planes + w_planes > 2;
  const int32_t row = out.w * tq_bits_row(out.c, params->output.levels);
  const tq_bits_store how = {.how = &params->output, .bias = bias, .channels = out.c};
  tq_lanes_layer l = {.params = params, .dims = dims, .input = input, .ternary = ternary,
                      .x_planes = ternary ? 2 : x_planes, .w_planes = ternary ? 2 : w_planes};

  if (!plan(&l, scratch)) return 0;
  lay_out(&l, weights);
  for (int32_t line = 0; line < out.n * out.h; line++) {
    tq_neon_lay_lanes(&l, line / out.h, line % out.h);
    run_line(&l);
    if (l.below) tq_neon_put_lanes(&l, (int32_t *)output + line * row);
    for (int32_t x = 0; !l.below && x < out.w; x++) store(&how, l.sums + 8 * l.pixel * x, line * out.w + x, output);
  }
  return 1;
}
