#include <string.h>

#include "tq_bits.h"
#include "tq_bits_words.h"
#include "tq_neon_bits.h"
#include "tq_neon_nibbles.h"

/* What the kernel knows of a layer, and where in its scratch things lie. */
typedef struct {
  tq_bits_walk walk;
  tq_bits_store store;
  tq_signs_size size;      /* of signs times signs */
  tq_ternary_size ternary; /* of all else */
  int32_t taps, apart, x_levels, w_levels;
  uint32_t *rows, *filters;
  uint16_t *counts;
  int32_t *sums, *base;
} layer;

static int32_t ones_of(const uint32_t *words, int32_t count) {
  uint32_t ones = 0;
  for (int32_t i = 0; i < count; i++) ones += tq_ones(words[i]);
  return (int32_t)ones;
}

#if TQ_NEON

/* count: of eights. */
static inline void fill(int32_t *to, int32_t value, int32_t count) {
  for (int32_t i = 0; i < count; i += 4) vst1q_s32(to + i, vdupq_n_s32(value));
}

/* Counts of 8: sums are set to `value`, or kept, then -= counts << shift, modulo 2^32: parts may leave int32_t, wholes
 * do not. */
TQ_INLINE void subtract(int32_t *sums, int32_t sets, int32_t value, const uint16_t *counts, int32_t shift,
                        int32_t count) {
  const int32x4_t by = vdupq_n_s32(shift), begin = vdupq_n_s32(value);

  for (int32_t i = 0; i < count; i += 8) {
    const int16x8_t counted = vreinterpretq_s16_u16(vld1q_u16(counts + i)); /* TQ_SIGNS_MOST at most */
    const int32x4_t low = vshlq_s32(vmovl_s16(vget_low_s16(counted)), by);
    const int32x4_t high = vshlq_s32(vmovl_high_s16(counted), by);
    vst1q_s32(sums + i, vsubq_s32(sets ? begin : vld1q_s32(sums + i), low));
    vst1q_s32(sums + i + 4, vsubq_s32(sets ? begin : vld1q_s32(sums + i + 4), high));
  }
}

#else

static inline void fill(int32_t *to, int32_t value, int32_t count) {
  for (int32_t i = 0; i < count; i++) to[i] = value;
}

static inline void subtract(int32_t *sums, int32_t sets, int32_t value, const uint16_t *counts, int32_t shift,
                            int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    sums[i] = (int32_t)((uint32_t)(sets ? value : sums[i]) - ((uint32_t)counts[i] << shift));
  }
}

#endif

/* Ones of a row of a panel. */
static int32_t ones_of_row(const uint32_t *row, tq_ternary_size size) {
  int32_t ones = 0;

#if TQ_NEON
  uint16x8_t eight = vdupq_n_u16(0);
  for (int32_t step = 0; step < size.steps; step++, row += 16 * size.x_planes) {
    eight = vpadalq_u8(eight, vcntq_u8(vreinterpretq_u8_u32(vld1q_u32(row))));
  }
  ones = (int32_t)vaddlvq_u16(eight);
#else
  for (int32_t step = 0; step < size.steps; step++, row += 16 * size.x_planes) ones += ones_of(row, 4);
#endif
  return ones + ones_of(row, size.rest);
}

/* Not of two ternary rows, whose sums are set. */
static void begin_ternary(const layer *l) {
  const int32_t highest = (1 << tq_bits_planes(l->w_levels)) - 1;

  for (int32_t row = 0; row < 4; row++) {
    int32_t *const sums = l->sums + row * l->apart;
    if (l->x_levels == 3) {
      fill(sums, ones_of_row(l->rows + 4 * row, l->ternary) * highest, l->apart);
    } else {
      memcpy(sums, l->base, (size_t)l->apart * sizeof *sums);
    }
  }
}

/* Plane m of what 4 positions see, or both planes of a ternary row. */
static tq_bits_position gather(const layer *l, tq_bits_position at, int32_t m) {
  const int32_t planes = l->ternary.x_planes;
  tq_bits_position next = at;

  if (planes == 2 && tq_bits_has_run(&l->walk, at)) return tq_neon_bits_gather_run(&l->walk, at, l->size, l->rows);
  for (int32_t plane = 0; plane < planes; plane++) {
    next = tq_neon_bits_gather(&l->walk, at, m + plane, l->size, 16 * planes, l->rows + 16 * plane);
  }
  return next;
}

static tq_bits_position add_ternary(const layer *l, tq_bits_position at) {
  const int32_t x_planes = l->x_levels == 3 ? 1 : l->walk.planes;
  const int32_t w_planes = l->w_levels == 3 ? 1 : tq_bits_planes(l->w_levels);
  const int32_t filter_words = tq_ternary_block_words(l->ternary) * l->ternary.blocks;
  tq_bits_position next = at;

  for (int32_t m = 0; m < x_planes; m++) {
    next = gather(l, at, m);
    if (m == 0 && (l->x_levels != 3 || l->w_levels != 3)) begin_ternary(l);
    for (int32_t k = 0; k < w_planes; k++) {
      tq_neon_ternary_sums(l->rows, l->filters + k * filter_words, l->ternary, m + k, l->store.narrow != NULL,
                           l->apart, l->sums);
    }
  }
  return next;
}

/* All bits equal, less twice what differs. */
static tq_bits_position add_signs(const layer *l, tq_bits_position at) {
  const int32_t x_planes = l->walk.planes, w_planes = tq_bits_planes(l->w_levels);
  tq_bits_position next = at;

  for (int32_t m = 0; m < x_planes; m++) {
    next = tq_neon_bits_gather(&l->walk, at, m, l->size, 16, l->rows);
    for (int32_t k = 0; k < w_planes; k++) {
      tq_neon_signs_counts(l->rows, l->filters + k * tq_signs_filter_words(l->size), l->size, l->counts);
      if (m + k == 0) {
        subtract(l->sums, 1, l->base[0], l->counts, 1, 4 * l->apart);
      } else {
        subtract(l->sums, 0, 0, l->counts, m + k + 1, 4 * l->apart);
      }
    }
  }
  return next;
}

static void lay_filters(layer *l, const int32_t *weights, int32_t channels) {
  const int32_t words = l->walk.words, taps = l->taps, planes = tq_bits_planes(l->w_levels);
  const int32_t panel_words = tq_ternary_block_words(l->ternary) * l->ternary.blocks;
  uint32_t *panel = l->filters;

  if (l->x_levels == 3 || l->w_levels == 3) {
    const int32_t panels = l->w_levels == 3 ? 1 : planes;
    for (int32_t k = 0; k < panels; k++, panel += panel_words) {
      tq_neon_ternary_filters(weights, channels, taps, words, planes, k, l->ternary, panel);
    }
  } else {
    for (int32_t k = 0; k < planes; k++, panel += tq_signs_filter_words(l->size)) {
      tq_neon_signs_filters(weights, channels, taps, words, planes, k, panel);
    }
  }
}

/* What sums begin with: signs times signs, the sum if no bit differs; ternary filters, that of their not 0. */
static void lay_base(layer *l, const int32_t *weights, int32_t channels, int32_t c) {
  const int32_t x_planes = tq_bits_planes(l->x_levels), w_planes = tq_bits_planes(l->w_levels);
  const int32_t row = w_planes * l->walk.words;

  memset(l->base, 0, (size_t)l->apart * sizeof *l->base);
  if (l->w_levels != 3) {
    l->base[0] = (int32_t)((uint32_t)(l->taps * c) * ((1u << x_planes) - 1) * ((1u << w_planes) - 1));
    return;
  }
  for (int32_t o = 0; o < channels; o++) {
    for (int32_t tap = 0; tap < l->taps; tap++, weights += row) {
      l->base[o] += ones_of((const uint32_t *)weights, l->walk.words) * ((1 << x_planes) - 1);
    }
  }
}

/* Sums of 4 positions; returns the next one. */
typedef tq_bits_position sums_adder(const layer *l, tq_bits_position at);

/* The output rows of a band, the first one's first position being `position`. */
static void run_band(const layer *l, int32_t position, int32_t rows, tq_neon_store_row *store, void *output) {
  const int32_t end = position + rows * l->walk.dims->output.w;
  const int32_t apart = l->store.narrow ? l->apart / 2 : l->apart; /* of 8 channels and more */
  sums_adder *const add = l->x_levels == 3 || l->w_levels == 3 ? add_ternary : add_signs;
  tq_bits_position at = {0, 0, 0, rows};

  while (position < end) {
    const int32_t count = end - position < 4 ? end - position : 4;
    at = add(l, at);
    for (int32_t row = 0; row < count; row++) store(&l->store, l->sums + row * apart, position++, output);
  }
}

static void lay_out(layer *l, uint32_t *scratch) {
  l->base = (int32_t *)scratch;
  l->sums = l->base + l->apart;
  tq_neon_bits_lay_thresholds(&l->store, l->sums + 4 * l->apart);
  l->counts = (uint16_t *)(l->sums + (4 + TQ_NEON_MOST_LEVELS - 1) * l->apart);
  l->rows = (uint32_t *)(void *)(l->counts + 4 * l->apart);
  l->filters = l->rows + 2 * tq_ternary_row_words(l->ternary) + TQ_SIGNS_BEHIND / 4;
}

int32_t tq_neon_conv_2d_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                             const int32_t *weights, const void *bias, tq_neon_store_row *store, void *output,
                             void *scratch) {
  const int32_t c = dims->filter.c, words = tq_bits_words(c), x_planes = tq_bits_planes(params->x_levels);
  const int32_t channels = dims->output.c, taps = dims->filter.h * dims->filter.w;
  uint32_t *const outside = scratch;
  const tq_signs_size size = tq_signs_size_of(taps * words, channels);
  layer l = {.store = {&params->output, bias, channels, NULL, NULL, NULL},
             .size = size,
             .ternary = {size.steps, size.rest, (channels + 3) / 4, 1 + (params->x_levels == 3),
                         1 + (params->w_levels == 3)},
             .taps = taps,
             .apart = (channels + 7) / 8 * 8,
             .x_levels = params->x_levels,
             .w_levels = params->w_levels};
  uint32_t *left;

  if (tq_neon_nibbles_conv(params, dims, input, weights, bias, store, output, scratch)) return 1;
  l.walk = (tq_bits_walk){dims, params->stride_h, params->stride_w, params->dilation_h, params->dilation_w,
                          params->pad_top, params->pad_left, words, x_planes, input, outside, NULL, NULL, 0, 0};
  left = tq_neon_bits_begin(&l.walk, outside + x_planes * words);
  if (!left || !tq_neon_conv_2d_bits_fits(dims)) return 0;
  for (int32_t i = 0; i < c; i++) tq_put_code(scratch, c, params->x_levels, i, params->pad_code);
  lay_out(&l, left);
  if (l.x_levels == 3 && l.w_levels == 3 && l.store.flip && store == tq_neon_store_bits) {
    tq_neon_narrow_thresholds(&l.store);
    store = tq_neon_store_narrow;
  }
  lay_filters(&l, weights, channels);
  if (l.x_levels != 3 || l.w_levels != 3) lay_base(&l, weights, channels, c);
  for (int32_t n = 0; n < dims->output.n; n++) {
    for (int32_t oy = 0; oy < dims->output.h; oy += l.walk.band) {
      const int32_t rest = dims->output.h - oy, rows = rest < l.walk.band ? rest : l.walk.band;
      tq_neon_bits_copy(&l.walk, n, oy, rows);
      run_band(&l, (n * dims->output.h + oy) * dims->output.w, rows, store, output);
    }
  }
  return 1;
}
