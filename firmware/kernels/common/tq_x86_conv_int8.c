#include <stdlib.h>
#include <string.h>

#include "tq_x86_bits.h"
#include "tq_x86_int8.h"

#if TQ_X86
enum { BLOCK = TQ_X86_DOT_CHANNELS, TILE = TQ_X86_DOT_PIXELS };

/* What does not change from tile to tile. A window is `segments` runs of `run` bytes that are neighbours in the
 * padded image, each of which takes whole words. */
typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  int32_t taps, segments, run, run_words, words;
  int32_t pixel, row, height, width; /* of the padded image: bytes, bytes, rows, columns */
  int32_t *steps, *no_steps;         /* [words] */
  int8_t *rows, *laid_out, *buffer;  /* [BLOCK][4 * words + TQ_X86_SLACK]; [words][BLOCK][4]; a row */
  uint8_t *image;
  int32_t avx512;
} work;

static void find_steps(const work *w) {
  const tq_dims filter = w->dims->filter;
  int32_t *step = w->steps;

  for (int32_t i = 0; i < w->segments; i++) {
    const int32_t columns = w->segments == filter.h ? 1 : filter.w;
    const int32_t at = i / columns * w->params->dilation_h * w->row + i % columns * w->params->dilation_w * w->pixel;
    for (int32_t k = 0; k < w->run_words; k++) *step++ = at + 4 * k;
  }
  for (int32_t k = 0; k < w->words; k++) w->no_steps[k] = 0;
}

/* x + 128 */
TQ_AVX2 static void copy(const int8_t *from, int32_t count, uint8_t *to) {
  const __m256i sign = _mm256_set1_epi8(-128);
  int32_t i = 0;

  for (; i + 32 <= count; i += 32) {
    const __m256i x = _mm256_loadu_si256((const void *)(from + i));
    _mm256_storeu_si256((void *)(to + i), _mm256_xor_si256(x, sign));
  }
  for (; i < count; i++) to[i] = (uint8_t)(from[i] + 128);
}

/* The channels of a group; outside the input is the zero point. */
static void pad_image(const work *w, const int8_t *input, int32_t group) {
  const tq_dims in = w->dims->input;
  const int32_t left = w->params->pad_left < w->width ? w->params->pad_left : w->width;
  const int32_t seen = in.w < w->width - left ? in.w : w->width - left; /* columns */
  const int outside = w->params->input_zero_point + 128;
  uint8_t *to = w->image;

  for (int32_t i = 0; i < w->height; i++, to += w->row) {
    const int32_t y = i - w->params->pad_top;
    if (y < 0 || y >= in.h) {
      memset(to, outside, (size_t)w->row);
      continue;
    }
    const int8_t *from = input + y * in.w * in.c + group * w->pixel;
    memset(to, outside, (size_t)(left * w->pixel));
    memset(to + (left + seen) * w->pixel, outside, (size_t)((w->width - left - seen) * w->pixel));
    if (in.c == w->pixel) {
      copy(from, seen * w->pixel, to + left * w->pixel);
      continue;
    }
    for (int32_t x = 0; x < seen; x++, from += in.c) copy(from, w->pixel, to + (left + x) * w->pixel);
  }
  memset(to, 0, 4); /* what the last window's last word may read too many */
}

static void lay_out(const work *w, const void *weights, tq_x86_weights_of *weights_of, int32_t first, int32_t count) {
  const int32_t each = w->taps * w->pixel, row = 4 * w->words + TQ_X86_SLACK;
  const void *rows[BLOCK];

  for (int32_t c = 0; c < count; c++) {
    int8_t *const own = w->rows + c * row;
    if (w->run == 4 * w->run_words) { /* whole words as they are */
      rows[c] = weights_of(w->params, weights, first + c, each, own);
      continue;
    }
    const int8_t *const codes = weights_of(w->params, weights, first + c, each, w->buffer);
    memset(own, 0, (size_t)(4 * w->words));
    for (int32_t i = 0; i < w->segments; i++) memcpy(own + i * 4 * w->run_words, codes + i * w->run, (size_t)w->run);
    rows[c] = own;
  }
  tq_x86_beside(rows, w->words, count, (uint32_t *)(void *)w->laid_out);
}

/* level * sum + base is level * (the sum of (x - zero point) * w) + bias. */
static void find_scaling(const work *w, const int32_t *bias, int32_t leveled, tq_x86_dot_tile *tile, int32_t first,
                         int32_t count, tq_x86_scaling *scaling) {
  static const uint8_t ones[4] = {1, 1, 1, 1};
  const tq_conv_params *const params = w->params;
  const uint32_t excess = (uint32_t)(params->input_zero_point + 128);
  tq_x86_dots sums;

  for (int32_t p = 0; p < TILE; p++) tile->x[p] = ones;
  tile->pixels = 1;
  tile->steps = w->no_steps;
  (w->avx512 ? tq_x86_dot_avx512 : tq_x86_dot_avx2)(tile, sums);
  tile->steps = w->steps;
  scaling->zero_point = params->output_zero_point;
  scaling->min = params->activation_min;
  scaling->max = params->activation_max;
  scaling->plain = 1;
  for (int32_t c = 0; c < BLOCK; c++) {
    const int32_t channel = first + (c < count ? c : 0), level = leveled ? params->levels[channel] : 1;
    scaling->multiplier[c] = params->multiplier[channel];
    scaling->shift[c] = params->shift[channel];
    scaling->level[c] = level;
    scaling->base[c] =
        (int32_t)((bias ? (uint32_t)bias[channel] : 0) - (uint32_t)level * excess * (uint32_t)sums[0][c]);
    const int64_t largest = (int64_t)4 * w->words * 255 * (leveled ? level : 127) + (bias ? llabs(bias[channel]) : 0);
    if (scaling->shift[c] >= 0 || largest >= 1 << 30) scaling->plain = 0;
  }
}

/* All positions of an image, of the channels of a block: from `output` on. */
static void run_block(const work *w, tq_x86_dot_tile *tile, const tq_x86_scaling *scaling, int32_t count,
                      int8_t *output) {
  const tq_dims out = w->dims->output;
  const int32_t positions = out.h * out.w, right = w->params->stride_w * w->pixel;
  const int32_t down = w->params->stride_h * w->row;
  const uint8_t *row = w->image, *x = row;
  int32_t ox = 0;
  tq_x86_dots sums;

  for (int32_t first = 0; first < positions; first += TILE, output += TILE * out.c) {
    tile->pixels = positions - first < TILE ? positions - first : TILE;
    for (int32_t p = 0; p < TILE; p++) {
      tile->x[p] = x;
      if (first + p + 1 >= positions) continue; /* what is missing to a tile repeats the last position */
      x += right;
      if (++ox == out.w) {
        ox = 0;
        x = row += down;
      }
    }
    (w->avx512 ? tq_x86_dot_avx512 : tq_x86_dot_avx2)(tile, sums);
    (w->avx512 ? tq_x86_scale_avx512 : tq_x86_scale_avx2)(scaling, sums[0], tile->pixels, count, output, out.c);
  }
}

static int measure(const tq_conv_params *params, const tq_conv_dims *dims, void *scratch, work *w) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int64_t height = tq_x86_seen(out.h, params->stride_h, filter.h, params->dilation_h);
  const int64_t width = tq_x86_seen(out.w, params->stride_w, filter.w, params->dilation_w);
  const int32_t level = tq_x86_level();

  if (level == TQ_X86_BASE || tq_x86_conv_int8_scratch(dims) == 0) return 0;
  if (height > tq_x86_padded(in.h, filter.h) || width > tq_x86_padded(in.w, filter.w)) return 0;
  w->avx512 = level == TQ_X86_AVX512;
  w->taps = filter.h * filter.w;
  w->segments = params->dilation_w == 1 ? filter.h : w->taps;
  w->run = w->taps / w->segments * filter.c;
  w->run_words = (w->run + 3) / 4;
  w->words = w->segments * w->run_words;
  w->pixel = filter.c;
  w->row = (int32_t)width * filter.c;
  w->height = (int32_t)height;
  w->width = (int32_t)width;
  w->steps = scratch;
  w->no_steps = w->steps + w->words;
  w->rows = (int8_t *)(w->no_steps + w->words);
  w->laid_out = w->rows + BLOCK * (4 * w->words + TQ_X86_SLACK);
  w->buffer = w->laid_out + BLOCK * 4 * w->words;
  w->image = (uint8_t *)w->buffer + 4 * w->words + TQ_X86_SLACK;
  return 1;
}

int tq_x86_conv_int8(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input, const void *weights,
                     tq_x86_weights_of *weights_of, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int32_t groups = in.c / filter.c, group_size = filter.n / groups;
  const int32_t leveled = weights_of == tq_x86_ternary_weights || weights_of == tq_x86_binary_weights;
  work w = {.params = params, .dims = dims};
  tq_x86_scaling scaling;

  if (!measure(params, dims, scratch, &w)) return 0;
  tq_x86_dot_tile tile = {.steps = w.steps, .words = w.words, .w = w.laid_out, .small = leveled};
  find_steps(&w);
  for (int32_t i = 0; i < in.n * groups; i++) {
    const int32_t n = i / groups, group = i % groups;
    pad_image(&w, input + n * in.h * in.w * in.c, group);
    for (int32_t c = 0; c < group_size; c += BLOCK) {
      const int32_t first = group * group_size + c, count = group_size - c < BLOCK ? group_size - c : BLOCK;
      lay_out(&w, weights, weights_of, first, count);
      find_scaling(&w, bias, leveled, &tile, first, count, &scaling);
      run_block(&w, &tile, &scaling, count, output + n * out.h * out.w * out.c + first);
    }
  }
  return 1;
}
#else
int tq_x86_conv_int8(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input, const void *weights,
                     tq_x86_weights_of *weights_of, const int32_t *bias, int8_t *output, void *scratch) {
  (void)params, (void)dims, (void)input, (void)weights, (void)weights_of, (void)bias, (void)output, (void)scratch;
  return 0;
}
#endif
