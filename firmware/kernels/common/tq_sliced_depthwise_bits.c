#include "tq_bits.h"
#include "tq_sliced.h"
#include "tq_sliced_depthwise.h"
#include "tq_sliced_lines.h"

/* Taps that have room behind the limits of two thresholds. */
#define MOST_TAPS ((TQ_SLICED_THRESHOLDS - 2) * TQ_SLICED_DIGITS)

/* One line of the output. rows: of the input, that the taps see; copies: those with each channel as often as it has
 * filters, which the taps point to, or NULL: these are the rows themselves. */
static void run_line(const tq_sliced *layer, const tq_sliced_word_output *to, const tq_sliced_taps *taps,
                     const int32_t **rows, int32_t *copies, int32_t line, tq_sliced_counter *count,
                     tq_store_sum *store) {
  const tq_dims in = layer->dims->input, filter = layer->dims->filter, out = layer->dims->output;
  const int32_t right = layer->stride_w, last_tap = (filter.w - 1) * layer->dilation_w;
  const int32_t y = line % out.h * layer->stride_h - layer->pad_top;
  const int32_t inside = y >= 0 && y + (filter.h - 1) * layer->dilation_h < in.h;
  const int32_t step = right * tq_bits_row(in.c, layer->x_levels);
  const int32_t row = to->limits ? tq_bits_row(out.c, to->how->levels) : 0;
  int32_t x = -layer->pad_left;

  for (int32_t ox = 0; ox < out.w; ox++, x += right) {
    const int32_t position = line * out.w + ox;
    uint32_t counts[TQ_SLICED_DIGITS];
    if (ox > 0 && inside && x >= right && x + last_tap < in.w) { /* as the one before, moved */
      for (const int32_t **seen = rows, **const end = seen + taps->taps; seen < end; seen++) *seen += step;
    } else {
      tq_sliced_see_taps(layer, line / out.h, y, x, rows);
    }
    if (TQ_USED_DEPTHWISE_COPIES && copies) tq_sliced_repeat(layer, rows, taps, copies);
    count(taps, counts);
    tq_sliced_put_counts(layer, to, counts, store, position, row);
  }
}

static tq_sliced_counter *counter_of(int32_t x_levels, int32_t w_levels) {
  if (TQ_USED_DEPTHWISE_SIGNS && x_levels == 2 && w_levels == 2) return tq_sliced_count_signs;
  if (TQ_USED_DEPTHWISE_TERNARY && x_levels <= 3 && w_levels <= 3) return tq_sliced_count_ternary;
  return TQ_USED_DEPTHWISE_PLANES ? tq_sliced_count_planes : NULL;
}

/* One line of signs. weights: a word of each tap. */
static void run_signs(const tq_sliced *layer, const tq_sliced_word_output *to, const tq_sliced_taps *taps,
                      const int32_t *weights, int32_t line, tq_store_sum *store) {
  const int32_t width = layer->dims->output.w;
  const int32_t row = to->limits ? tq_bits_row(layer->dims->output.c, to->how->levels) : 0;
  const tq_sliced_line seen = tq_sliced_line_of(layer, taps, weights, line);
  int32_t x = -layer->pad_left;
  uint32_t counts[TQ_SLICED_DIGITS];

  tq_sliced_clear(counts, 0, to->digits);
  for (int32_t position = line * width; position < (line + 1) * width; position++, x += layer->stride_w) {
    tq_sliced_count_line(&seen, x, counts);
    tq_sliced_put_counts(layer, to, counts, store, position, row);
  }
}

/* Word by word, so that the limits of one word are all that is kept. */
static void run(tq_sliced *layer, tq_store_sum *store, uint32_t *limits, const int32_t **rows) {
  const tq_bits_output *const how = layer->params;
  const tq_dims filter = layer->dims->filter, out = layer->dims->output;
  const int packed = TQ_TAKES(TQ_USED_DEPTHWISE_PACKED, TQ_USED_DEPTHWISE_SUMS,
                              how->thresholds && how->levels - 1 <= TQ_SLICED_THRESHOLDS);
  const int32_t x_levels = layer->x_levels, w_levels = layer->w_levels;
  tq_sliced_word_output to = {.how = how, .words = tq_bits_words(out.c), .limits = packed ? limits : NULL};
  tq_sliced_taps taps = {rows, layer->weights, filter.h * filter.w, to.words, 0, x_levels, w_levels, 0, 0};
  const int one_filter = layer->dims->input.c == out.c, few = !packed || how->levels <= 3;
  int32_t *copies = NULL, *signs = NULL;

  if (TQ_USED_DEPTHWISE_WINDOWS && w_levels == 2 && one_filter && few && taps.taps <= MOST_TAPS) {
    layer->only_signs = x_levels == 3 && layer->outside[0] == 0 && tq_sliced_only_signs(layer);
    if (x_levels == 2 || layer->only_signs) signs = (int32_t *)(void *)(limits + 2 * TQ_SLICED_DIGITS);
  }
  if (!one_filter) {
    taps.seen = rows + taps.taps;
    copies = (int32_t *)(uintptr_t)(taps.seen + taps.taps);
    for (int32_t i = 0; i < taps.taps; i++) taps.seen[i] = copies + i * tq_bits_row(out.c, x_levels);
  }

  for (int32_t most = layer->largest + 1; most > 0; most /= 2) to.digits++;
  taps.digits = to.digits;
  for (; to.word < to.words; taps.word = ++to.word) {
    const int32_t rest = out.c - to.word * TQ_WORD_BITS;
    taps.there = to.there = rest < TQ_WORD_BITS ? (1u << rest) - 1 : UINT32_MAX;
    to.flip = 0;
    for (int32_t c = 0; packed && how->flip && c < rest && c < TQ_WORD_BITS; c++) {
      to.flip |= (uint32_t)how->flip[to.word * TQ_WORD_BITS + c] << c;
    }
    if (packed) tq_sliced_limits(&to, out.c, layer->largest, layer->divisor);
    for (int32_t i = 0; signs && i < taps.taps; i++) signs[i] = layer->weights[i * to.words + to.word];
    for (int32_t line = 0; line < out.n * out.h; line++) {
      if (TQ_TAKES(TQ_USED_DEPTHWISE_WINDOWS, TQ_USED_DEPTHWISE_OTHERS, signs != NULL)) {
        run_signs(layer, &to, &taps, signs, line, store);
      } else {
        run_line(layer, &to, &taps, rows, copies, line, counter_of(x_levels, w_levels), store);
      }
    }
  }
}

void tq_sliced_depthwise_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                              const int32_t *weights, const void *bias, tq_store_sum *store, void *output,
                              void *scratch) {
  const int32_t peaks = tq_sliced_peaks(params->x_levels, params->w_levels);
  uint32_t *const limits = scratch;
  int32_t *const outside = (int32_t *)scratch + TQ_SLICED_THRESHOLDS * TQ_SLICED_DIGITS;
  uintptr_t rows = (uintptr_t)(outside + TQ_SLICED_PLANES * tq_bits_words(dims->output.c));
  tq_sliced layer = {TQ_SLICED_OF(params, dims, input, weights, bias, output), .outside = outside,
                     .divisor = tq_sliced_divisors(params->x_levels, params->w_levels)};

  if (TQ_TAKES(TQ_USED_DEPTHWISE_LINES, TQ_USED_DEPTHWISE_SLICED || TQ_USED_DEPTHWISE_WORDS,
               tq_sliced_lines_fit(params, dims))) {
    layer.outside = scratch;
    tq_sliced_set_outside(&layer, params->pad_code);
    tq_sliced_lines_conv(&layer, store, scratch);
    return;
  }
  const int fits = tq_bits_planes(params->x_levels) <= TQ_SLICED_PLANES &&
                   dims->filter.h * dims->filter.w <= TQ_SLICED_LIMIT / peaks;
  if (TQ_TAKES(TQ_USED_DEPTHWISE_WORDS, TQ_USED_DEPTHWISE_SLICED, !fits)) {
    tq_depthwise_conv_2d_bits_words(params, dims, input, weights, bias, store, output, scratch);
    return;
  }
  layer.largest = dims->filter.h * dims->filter.w * peaks;
  tq_sliced_set_outside(&layer, params->pad_code);
  rows = (rows + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
  run(&layer, store, limits, (const int32_t **)rows);
}
