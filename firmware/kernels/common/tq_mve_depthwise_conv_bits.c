#include "tinyq/tq_used.h"
#include "tq_mve_depthwise_bits.h"
#include "tq_mve_lines.h"
#include "tq_window.h"

#if TQ_MVE

enum { MOST_LEVELS = 4, DIGITS = 16 + 1 + 3, LIMITS = (MOST_LEVELS - 1) * TQ_SLICED_DIGITS };

static int can(const tq_conv_bits_params *params, const tq_conv_dims *dims) {
  const int32_t peaks = tq_sliced_peaks(params->x_levels, params->w_levels), in = dims->input.c, out = dims->output.c;

  if (params->x_levels > MOST_LEVELS || params->w_levels > MOST_LEVELS || (out != in && out != 2 * in)) return 0;
  if (params->output.thresholds && params->output.levels > MOST_LEVELS) return 0;
  return dims->filter.h * dims->filter.w <= TQ_SLICED_LIMIT / peaks;
}

/* Where the taps are, of a word of the input. */
static void point(tq_mve_depthwise_bits *d) {
  const tq_sliced *const layer = d->layer;
  const tq_dims in = layer->dims->input, filter = layer->dims->filter;
  const uint32_t row = (uint32_t)tq_bits_row(in.c, layer->x_levels);
  const uint32_t *const first = (const uint32_t *)layer->input + (d->twice ? d->to.word / 2 : d->to.word);
  int32_t tap = 0;

  for (int32_t fy = 0; fy < filter.h; fy++) {
    for (int32_t fx = 0; fx < filter.w; fx++, tap++) {
      /* Unsigned: where it would leave int32_t, the tap is outside, and it is not used. */
      const uint32_t down = (uint32_t)(fy * layer->dilation_h), right = (uint32_t)(fx * layer->dilation_w);
      d->inside[tap] = (const uint32_t *)((uintptr_t)first + 4 * ((down * (uint32_t)in.w + right) * row));
    }
  }
}

/* Positions i to i + 3 of the block. */
static void put(const tq_mve_depthwise_bits *d, int32_t i, const uint32_t *all, tq_store_sum *store) {
  const tq_sliced *const layer = d->layer;
  const int32_t rest = layer->block.count - i, lanes = rest < TQ_MVE_QUAD ? rest : TQ_MVE_QUAD;
  const int32_t position = layer->block.first + i;
  const uint32_t *const counts = all + TQ_MVE_QUAD * d->skipped;

  if (TQ_TAKES(TQ_USED_DEPTHWISE_PACKED, TQ_USED_DEPTHWISE_SUMS, d->to.limits != NULL)) {
    tq_mve_depthwise_put_words(d, counts, position, lanes);
    return;
  }
  for (int32_t k = 0; k < lanes; k++) {
    if (d->table) {
      tq_mve_depthwise_look_up(d, counts, k, position + k);
    } else {
      uint32_t one[TQ_SLICED_DIGITS];
      for (int32_t m = 0; m < d->to.digits; m++) one[m] = counts[TQ_MVE_QUAD * m + k];
      for (int32_t m = 0; d->twice && m < d->to.digits; m++) one[m] = tq_mve_together(one[m]);
      tq_sliced_clear(one, d->to.digits, d->to.digits);
      tq_sliced_put_counts(layer, &d->to, one, store, position + k, 0);
    }
  }
}

static void run_word(tq_mve_depthwise_bits *d, tq_store_sum *store) {
  tq_sliced *const layer = d->layer;
  const tq_dims out = layer->dims->output;
  const int32_t positions = out.n * out.h * out.w, rest = out.c - d->to.word * TQ_WORD_BITS;

  d->to.there = UINT32_MAX >> (rest < TQ_WORD_BITS ? TQ_WORD_BITS - rest : 0);
  point(d);
  tq_mve_depthwise_lay(d);
  if (d->table) tq_mve_depthwise_set_table(d);
  if (d->to.limits) tq_mve_depthwise_set_limits(d);
  for (int32_t block = 0; block < positions; block += TQ_MVE_BLOCK) {
    layer->block.first = block;
    layer->block.count = positions - block < TQ_MVE_BLOCK ? positions - block : TQ_MVE_BLOCK;
    tq_mve_sliced_begin(&d->block, block);
    for (int32_t i = 0; i < layer->block.count; i += TQ_MVE_QUAD) {
      uint32_t counts[DIGITS * TQ_MVE_QUAD];
      tq_mve_depthwise_count(d, i, counts);
      put(d, i, counts, store);
    }
  }
}

/* As tq_mve_depthwise_bits_scratch has it; `layer->outside` is first. */
static void share(tq_mve_depthwise_bits *d) {
  const tq_bits_output *const how = d->to.how;
  const int32_t entries = d->layer->largest + 1;

  d->block.y0 = d->layer->outside + TQ_MVE_SIGNS * tq_bits_words(d->layer->dims->input.c);
  d->block.x0 = d->block.y0 + TQ_MVE_BLOCK;
  d->block.start = d->block.x0 + TQ_MVE_BLOCK;
  d->inside = (const uint32_t **)(d->block.start + TQ_MVE_BLOCK);
  d->weights = (uint32_t *)(d->inside + d->taps);
  d->window = d->weights + TQ_MVE_SIGNS * TQ_MVE_QUAD * d->taps;
  d->sums = (int32_t *)d->window + TQ_MVE_SIGNS * TQ_MVE_QUAD * d->taps;
  d->to.limits = how->thresholds ? (uint32_t *)d->sums : NULL;
  if (!how->thresholds && how->multiplier && entries <= TQ_MVE_ENTRIES) d->table = (int8_t *)(d->sums + entries);
}

static void run(tq_sliced *layer, tq_store_sum *store) {
  const tq_dims filter = layer->dims->filter;
  tq_mve_depthwise_bits d = {.block = {.layer = layer},
                             .layer = layer,
                             .to = {.how = layer->params, .words = tq_bits_words(layer->dims->output.c)},
                             .taps = filter.h * filter.w,
                             .twice = layer->dims->input.c != layer->dims->output.c,
                             .down = (filter.h - 1) * layer->dilation_h,
                             .right = (filter.w - 1) * layer->dilation_w,
                             .skipped = layer->x_levels == 3 && layer->w_levels == 3,
                             .only_signs = layer->x_levels == 3 && tq_sliced_only_signs(layer)};

  for (int32_t most = layer->largest + 1; most > 0; most /= 2) d.to.digits++;
  d.digits = d.to.digits + d.skipped;
  share(&d);
  for (; d.to.word < d.to.words; d.to.word++) run_word(&d, store);
}

#else

static int can(const tq_conv_bits_params *params, const tq_conv_dims *dims) {
  (void)params;
  (void)dims;
  return 0;
}

static void run(tq_sliced *layer, tq_store_sum *store) {
  (void)layer;
  (void)store;
}

#endif

void tq_mve_depthwise_conv_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                                const int32_t *weights, const void *bias, tq_store_sum *store, void *output,
                                void *scratch) {
  tq_sliced layer = {TQ_SLICED_OF(params, dims, input, weights, bias, output), .outside = scratch,
                     .divisor = tq_sliced_divisors(params->x_levels, params->w_levels)};
  const int vectors = TQ_USED_MVE_DEPTHWISE_LINES || TQ_USED_MVE_DEPTHWISE_QUADS;
  const int lines = tq_mve_lines_fit(params, dims);

  if (TQ_TAKES(TQ_USED_MVE_DEPTHWISE_OTHERS, vectors, !lines && !can(params, dims))) {
    tq_sliced_depthwise_bits(params, dims, input, weights, bias, store, output, scratch);
    return;
  }
  layer.largest = dims->filter.h * dims->filter.w * tq_sliced_peaks(params->x_levels, params->w_levels);
  tq_sliced_set_outside(&layer, params->pad_code);
  if (TQ_TAKES(TQ_USED_MVE_DEPTHWISE_LINES, TQ_USED_MVE_DEPTHWISE_QUADS, lines)) {
    tq_mve_lines_conv(&layer, store, scratch);
  } else {
    run(&layer, store);
  }
}
