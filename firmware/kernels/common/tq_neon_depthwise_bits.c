#include "tq_neon_depthwise_bits.h"

/* The most columns of the output whose copy has room, or 0 for so few that copying them takes too long. */
static int32_t columns(const tq_lanes_layer *l) {
  const tq_dims filter = l->dims->filter, out = l->dims->output;
  const int32_t room = tq_lanes_copy(l->dims) / l->x_planes - TQ_MOST_LANES;
  const int64_t seen = (int64_t)(filter.w - 1) * l->params->dilation_w + 1;
  const int64_t most = (room / (filter.h * l->pixel) - seen + 1) / l->phases;
  const int32_t some = most < out.w ? (int32_t)most : out.w;

  if (some < TQ_LANES_COLUMNS && some < out.w) return 0;
  const int32_t parts = (out.w + some - 1) / some;
  return (out.w + parts - 1) / parts;
}

/* Sizes, and the parts of the scratch memory. Returns whether they fit. */
static int32_t plan(tq_lanes_layer *l, void *scratch) {
  const tq_dims in = l->dims->input, filter = l->dims->filter, out = l->dims->output;
  const tq_conv_bits_params *const p = l->params;
  const int32_t x_words = TQ_LANES_PLANES * tq_bits_words(in.c);
  const int32_t peaks = l->ternary ? 4 : tq_sliced_peaks(p->x_levels, p->w_levels);
  const int32_t thresholds = p->output.thresholds ? p->output.levels - 1 : TQ_SLICED_THRESHOLDS + 1;

  if (l->x_planes > TQ_LANES_PLANES || l->w_planes > TQ_LANES_PLANES) return 0;
  l->pixel = tq_lanes_pixel(out.c);
  l->phases = out.w > 1 ? p->stride_w : 1;
  l->columns = columns(l);
  l->taps = filter.h * filter.w;
  if (l->columns == 0 || l->taps > TQ_SLICED_LIMIT / peaks) return 0;
  l->part = ((l->columns - 1) * p->stride_w + (filter.w - 1) * p->dilation_w + l->phases) / l->phases;
  l->largest = l->taps * peaks;
  l->divisor = l->ternary ? 2 : tq_sliced_divisors(p->x_levels, p->w_levels);
  for (int32_t rest = (l->ternary ? 3 * l->taps : l->largest) + 1; rest > 0; rest /= 2) l->digits++;
  l->apart = l->pixel + TQ_MOST_LANES;
  l->plane = filter.h * l->phases * l->part * l->pixel + TQ_MOST_LANES;
  l->line = l->columns * l->pixel + TQ_MOST_LANES;
  l->outside = scratch;
  l->limits = (uint32_t *)(l->outside + x_words);
  l->from = l->limits + TQ_SLICED_THRESHOLDS * TQ_SLICED_DIGITS;
  l->scaling = (int32_t *)(l->from + l->taps);
  l->numbers = (uint8_t *)(l->scaling + 8 * TQ_LANES_SCALING * l->pixel);
  l->copy = l->numbers + 2 * tq_lanes_numbers(l->pixel);
  l->lines = l->copy + tq_lanes_copy(l->dims);
  l->weights = l->lines + TQ_LANES_PLANES * l->line;
  l->flip = l->weights + l->taps * TQ_LANES_PLANES * l->apart;
  l->there = l->flip + l->apart;
  l->below = thresholds <= TQ_SLICED_THRESHOLDS ? l->there + l->apart : NULL;
  return 1;
}

/* Whether no code of the input is 0. */
static int32_t only_signs(const tq_lanes_layer *l) {
  const tq_dims in = l->dims->input;
  const int32_t words = tq_bits_words(in.c), rest = in.c % TQ_WORD_BITS;
  const uint32_t last = rest ? (1u << rest) - 1 : UINT32_MAX;
  const int32_t *word = l->input;

  for (int32_t pixel = in.n * in.h * in.w; pixel > 0; pixel--, word += words) {
    for (int32_t i = words; i > 0; i--, word++) {
      if ((uint32_t)*word != (i == 1 ? last : UINT32_MAX)) return 0;
    }
  }
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
  l->only_signs = p->x_levels == 3 && !l->ternary && only_signs(l);
  tq_neon_lay_patterns(l, weights);
  if (!l->below) memset(l->numbers, 0, (size_t)(2 * tq_lanes_numbers(l->pixel)));
  if (p->output.multiplier) tq_neon_lay_scaling(l, l->store.bias);
}

/* Digits of D of the lanes of positions [first, end): packed outputs -> lines, or numbers. */
static inline void run_positions(const tq_lanes_layer *l, int32_t first, int32_t end) {
  tq_lanes_counter *const count = l->ternary ? tq_neon_count_ternary : tq_neon_count_signs;
  const int32_t pixel = l->pixel, bytes = end * pixel;
  tq_lanes counts[TQ_SLICED_DIGITS];

  for (int32_t i = 0; i < TQ_SLICED_DIGITS; i++) counts[i] = tq_no_lanes();
  for (int32_t at = first * pixel; at < bytes; at += TQ_LANES) {
    const int32_t phase = at % pixel;
    count(l, l->copy + at, l->weights + phase, counts);
    if (l->below) {
      tq_neon_compare_lanes(l, counts, phase, l->lines + at);
    } else {
      tq_neon_number_lanes(l, counts, l->numbers + 8 * (at - first * pixel));
    }
  }
}

/* Outputs that are not packed, position `row` the first one. */
static void run_numbers(const tq_lanes_layer *l, tq_lanes_finish *finish, int32_t row, void *output) {
  const int32_t count = l->dims->output.w, most = tq_lanes_positions(l->pixel);

  for (int32_t first = 0, end; first < count; first = end) {
    end = count - first < most ? count : first + most;
    run_positions(l, first, end);
    finish(l, row + first, end - first, output);
  }
}

int32_t tq_neon_depthwise_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                               const int32_t *weights, const void *bias, tq_lanes_finish *finish, void *output,
                               void *scratch) {
  const tq_dims out = dims->output;
  const int32_t x_planes = tq_bits_planes(params->x_levels), w_planes = tq_bits_planes(params->w_levels);
  const int32_t ternary = params->x_levels <= 3 && params->w_levels == 3;
  const int32_t row = tq_bits_row(out.c, params->output.levels);
  tq_conv_bits_params some = *params; /* of some columns of the output */
  tq_conv_dims part = *dims;
  tq_lanes_layer l = {.params = &some, .dims = &part, .input = input, .ternary = ternary,
                      .x_planes = ternary ? 2 : x_planes, .w_planes = ternary ? 2 : w_planes,
                      .rows = out.n * out.h * out.w,
                      .store = {.how = &params->output, .bias = bias, .channels = out.c}};

  if (!plan(&l, scratch)) return 0;
  lay_out(&l, weights);
  for (int32_t line = 0; line < out.n * out.h; line++) {
    for (int32_t x = 0; x < out.w; x += l.columns) {
      part.output.w = out.w - x < l.columns ? out.w - x : l.columns;
      some.pad_left = params->pad_left - x * params->stride_w;
      tq_neon_find_same(&l, line % out.h);
      tq_neon_lay_lanes(&l, line / out.h, line % out.h);
      if (l.below) {
        run_positions(&l, 0, part.output.w);
        tq_neon_put_lanes(&l, (int32_t *)output + (line * out.w + x) * row);
      } else {
        run_numbers(&l, finish, line * out.w + x, output);
      }
    }
  }
  return 1;
}
