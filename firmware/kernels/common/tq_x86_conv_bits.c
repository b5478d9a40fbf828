#include "tq_bits.h"
#include "tq_x86_bits.h"

#if TQ_X86
enum { BLOCK = TQ_X86_CHANNELS, TILE = TQ_X86_PIXELS };

/* What does not change from tile to tile. */
typedef struct {
  const tq_x86_conv *conv;
  tq_x86_image image;
  int32_t taps, words, x_planes, w_planes; /* words of a filter's plane */
  int32_t *steps;                          /* [words] */
  uint32_t *ones;                          /* [taps][BLOCK] */
  uint32_t *weights;                       /* [w_planes][words][BLOCK] */
  const uint32_t *counted;                 /* the same, as `count` wants them */
  uint32_t *all_ones;                      /* a plane */
  uint32_t base[BLOCK];                    /* unsigned: parts may leave int32_t, the wholes do not */
  int32_t subtracted, twice;               /* counts are subtracted from the base, twice */
  void (*count)(const tq_x86_tile *tile, tq_x86_counts sums);
  void (*write)(const tq_x86_block *block);
} work;

static void find_steps(const work *w) {
  const tq_x86_conv *const conv = w->conv;
  const int32_t words = tq_bits_words(conv->filter.c);
  int32_t *step = w->steps;

  for (int32_t fy = 0; fy < conv->filter.h; fy++) {
    for (int32_t fx = 0; fx < conv->filter.w; fx++) {
      const int32_t tap = fy * conv->dilation_h * w->image.row + fx * conv->dilation_w * w->image.pixel;
      for (int32_t i = 0; i < words; i++) *step++ = tap + i;
    }
  }
}

/* Ones of each tap, in all words of the first plane of each channel. */
TQ_AVX2 static void count_ones(const work *w) {
  const uint32_t *word = w->weights;

  for (int32_t tap = 0; tap < w->taps; tap++) {
    uint32_t *const ones = w->ones + tap * BLOCK;
    for (int32_t c = 0; c < BLOCK; c++) ones[c] = 0;
    for (int32_t i = 0; i < w->words / w->taps; i++) {
      for (int32_t c = 0; c < BLOCK; c++) ones[c] += (uint32_t)__builtin_popcount(*word++);
    }
  }
}

/* What is the same in the sums of all positions. */
static void find_base(work *w) {
  const tq_x86_conv *const conv = w->conv;
  const uint32_t x_peak = (1u << w->x_planes) - 1, w_peak = (1u << w->w_planes) - 1;
  const int32_t x_ternary = conv->x_levels == 3, w_ternary = conv->w_levels == 3;

  if (conv->outside != TQ_X86_PADDED || (w_ternary && !x_ternary)) count_ones(w);
  w->subtracted = w->twice = !conv->differing && !x_ternary;
  for (int32_t c = 0; c < BLOCK; c++) {
    w->base[c] = conv->differing ? 0 : (uint32_t)w->taps * (uint32_t)conv->filter.c * x_peak * w_peak;
    if (x_ternary || w_ternary) w->base[c] = 0;
  }
  for (int32_t i = 0; w_ternary && !x_ternary && i < w->taps * BLOCK; i++) w->base[i % BLOCK] += x_peak * w->ones[i];
}

static void lay_out(const work *w, const int32_t *filter, int32_t count) {
  const int32_t words = w->words / w->taps, row = w->words * w->w_planes;
  const int32_t together = w->w_planes == 1 ? w->taps : 1; /* taps whose words are neighbours */
  const void *rows[BLOCK];

  for (int32_t m = 0; m < w->w_planes; m++) {
    for (int32_t tap = 0; tap < w->taps; tap += together) {
      uint32_t *const to = w->weights + (m * w->words + tap * words) * BLOCK;
      for (int32_t c = 0; c < count; c++) rows[c] = filter + c * row + (tap * w->w_planes + m) * words;
      tq_x86_beside(rows, together * words, count, to);
    }
  }
}

/* The sums of a tile: of each pair of planes. */
static void sum_up(const work *w, tq_x86_tile *tile, tq_x86_counts sums) {
  const int32_t x_ternary = w->conv->x_levels == 3, w_ternary = w->conv->w_levels == 3;
  const int32_t x_signs = x_ternary ? 1 : w->x_planes, w_signs = w_ternary ? 1 : w->w_planes;
  const int32_t plane = w->image.pixel / w->x_planes;

  for (int32_t m = 0; m < x_signs; m++) {
    for (int32_t k = 0; k < w_signs; k++) {
      tile->signs = (x_ternary ? 1 : m) * plane;
      tile->w = w->counted + (w_ternary ? 1 : k) * w->words * BLOCK;
      tile->base = m + k == 0 ? w->base : NULL;
      tile->shift = w->twice + m + k;
      w->count(tile, sums);
    }
  }
}

/* Taps outside the input, of position p of a tile, which is the image's `position`. */
TQ_AVX2 static void look_outside(const work *w, int32_t position, int32_t p, tq_x86_block *block) {
  const tq_x86_conv *const conv = w->conv;
  const int32_t y0 = position / conv->output.w * conv->stride_h - conv->pad_top;
  const int32_t x0 = position % conv->output.w * conv->stride_w - conv->pad_left;
  const uint32_t *ones = w->ones;
  int32_t taps = 0, set[BLOCK] = {0};

  for (int32_t fy = 0; fy < conv->filter.h; fy++) {
    for (int32_t fx = 0; fx < conv->filter.w; fx++, ones += BLOCK) {
      const int32_t y = y0 + fy * conv->dilation_h, x = x0 + fx * conv->dilation_w;
      if (y >= 0 && y < conv->input.h && x >= 0 && x < conv->input.w) continue;
      taps++;
      for (int32_t c = 0; c < BLOCK; c++) set[c] += (int32_t)ones[c];
    }
  }
  block->beside[p] = taps > 0;
  for (int32_t c = 0; c < BLOCK && conv->outside == TQ_X86_HALF && taps > 0; c++) {
    block->sums[p][c] += taps * (conv->filter.c / 2) - set[c];
  }
  for (int32_t c = 0; c < BLOCK; c++) block->excess[p][c] = taps * conv->filter.c - 2 * set[c];
}

/* All positions of an image, of the channels of a block. */
static void run_block(const work *w, int32_t n, tq_x86_block *block) {
  const tq_x86_conv *const conv = w->conv;
  const int32_t positions = conv->output.h * conv->output.w, x_ternary = conv->x_levels == 3;
  const int32_t right = conv->stride_w * w->image.pixel, down = conv->stride_h * w->image.row;
  tq_x86_tile tile = {.steps = w->steps, .words = w->words, .w_mask = w->weights, .subtracted = w->subtracted};
  int32_t row = 0, at = 0; /* words */

  tile.kind = x_ternary ? TQ_X86_TERNARY : conv->w_levels == 3 ? TQ_X86_W_MASKED : TQ_X86_SIGNS;
  if (x_ternary && conv->w_levels != 3) tile.w_mask = w->all_ones;
  for (int32_t first = 0, ox = 0; first < positions; first += TILE) {
    int32_t p = 0;
    tile.pixels = block->pixels = positions - first < TILE ? positions - first : TILE;
    for (; p < tile.pixels; p++) {
      tile.x[p] = w->image.words + at;
      at += right;
      if (++ox < conv->output.w) continue;
      ox = 0;
      at = row += down;
    }
    for (; p < TILE; p++) tile.x[p] = tile.x[p - 1]; /* what is missing to a tile repeats the last position */
    sum_up(w, &tile, block->sums);
    for (p = 0; p < tile.pixels && conv->outside != TQ_X86_PADDED; p++) look_outside(w, first + p, p, block);
    block->position = n * positions + first;
    w->write(block);
  }
}

static int has_room(const tq_x86_conv *conv) {
  const tq_dims in = conv->input, filter = conv->filter, out = conv->output;

  return tq_x86_seen(out.h, conv->stride_h, filter.h, conv->dilation_h) <= tq_x86_padded(in.h, filter.h) &&
         tq_x86_seen(out.w, conv->stride_w, filter.w, conv->dilation_w) <= tq_x86_padded(in.w, filter.w);
}

int tq_x86_conv_bits(const tq_x86_conv *conv, const int32_t *input, const int32_t *weights, const void *params,
                     const void *bias, const tq_x86_writer *writer, void *output, void *scratch) {
  const tq_dims filter = conv->filter;
  const int32_t groups = conv->input.c / filter.c, group_size = filter.n / groups, level = tq_x86_level();
  tq_x86_block block = {.params = params, .bias = bias, .output = output, .channels = filter.n};
  work w = {.conv = conv, .taps = filter.h * filter.w};

  if (level == TQ_X86_BASE || !has_room(conv)) return 0;
  const int32_t ternary = conv->x_levels == 3 || conv->w_levels == 3;
  w.count = level == TQ_X86_AVX512 ? tq_x86_count_avx512 : ternary ? tq_x86_count_avx2 : tq_x86_count_signs_avx2;
  w.write = level == TQ_X86_AVX512 && writer->write_avx512 ? writer->write_avx512 : writer->write;
  w.words = w.taps * tq_bits_words(filter.c);
  w.x_planes = tq_bits_planes(conv->x_levels);
  w.w_planes = tq_bits_planes(conv->w_levels);
  block.most = (int64_t)w.taps * filter.c << (w.x_planes + w.w_planes);
  w.steps = scratch;
  w.ones = (uint32_t *)w.steps + w.words;
  w.weights = w.ones + w.taps * BLOCK;
  const int32_t plane = w.words * BLOCK, blocks = (group_size + BLOCK - 1) / BLOCK;
  int32_t *const ready = conv->kept;
  /* from the next cache line on: blocks are whole ones */
  const size_t head = TQ_X86_KEPT_HEAD - (uintptr_t)conv->kept % TQ_X86_KEPT_HEAD;
  uint32_t *const kept = conv->kept ? (uint32_t *)conv->kept + head / sizeof *kept : NULL;
  uint32_t *const own = w.weights;
  w.all_ones = own + w.w_planes * plane;
  for (int32_t i = 0; conv->x_levels == 3 && i < plane; i++) w.all_ones[i] = UINT32_MAX;
  for (int32_t i = 0; i < conv->output.n * groups; i++) {
    const int32_t n = i / groups, group = i % groups;
    w.image = tq_x86_pad_image(conv, input, n, group, w.all_ones + plane);
    find_steps(&w);
    for (int32_t k = 0; k < blocks; k++) {
      const int32_t first = k * BLOCK;
      block.first = group * group_size + first;
      block.count = group_size - first < BLOCK ? group_size - first : BLOCK;
      if (kept) w.weights = kept + (group * blocks + k) * w.w_planes * plane;
      if (!kept || !*ready) lay_out(&w, weights + block.first * w.words * w.w_planes, block.count);
      find_base(&w);
      w.counted = w.weights;
      if (w.count == tq_x86_count_signs_avx2) {
        tq_x86_bytes(w.weights, w.w_planes * w.words, own);
        w.counted = own;
      }
      writer->prepare(&block);
      run_block(&w, n, &block);
    }
  }
  if (kept) *ready = 1;
  return 1;
}
#else
int tq_x86_conv_bits(const tq_x86_conv *conv, const int32_t *input, const int32_t *weights, const void *params,
                     const void *bias, const tq_x86_writer *writer, void *output, void *scratch) {
  (void)conv, (void)input, (void)weights, (void)params, (void)bias, (void)writer, (void)output, (void)scratch;
  return 0;
}
#endif
