#include <string.h>

#include "tq_x86_bits.h"
#include "tq_x86_int8.h"

#if TQ_X86
enum { BLOCK = TQ_X86_DOT_CHANNELS, TILE = TQ_X86_DOT_PIXELS };

static void find_steps(const tq_x86_int8_work *w) {
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
static void pad_image(const tq_x86_int8_work *w, const int8_t *input, int32_t group) {
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

/* All positions of an image, of the channels of a block: from `output` on. */
static void run_block(const tq_x86_int8_work *w, tq_x86_dot_tile *tile, const tq_x86_scaling *scaling, int32_t count,
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

static int32_t block_bytes(int32_t words) {
  return (int32_t)sizeof(tq_x86_int8_block) + 4 * TQ_X86_DOT_CHANNELS * words;
}

int tq_x86_conv_int8(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input, const void *weights,
                     tq_x86_weights_of *weights_of, const int32_t *bias, int8_t *output, void *scratch, void *kept) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int32_t groups = in.c / filter.c, group_size = filter.n / groups;
  const int32_t leveled = weights_of == tq_x86_ternary_weights || weights_of == tq_x86_binary_weights;
  int32_t *const ready = kept;
  tq_x86_int8_work w;

  if (!tq_x86_measure_int8(params, dims, scratch, &w)) return 0;
  find_steps(&w);
  for (int32_t i = 0; i < in.n * groups; i++) {
    const int32_t n = i / groups, group = i % groups, blocks = (group_size + BLOCK - 1) / BLOCK;
    pad_image(&w, input + n * in.h * in.w * in.c, group);
    for (int32_t k = 0; k < blocks; k++) {
      const int32_t c = k * BLOCK, first = group * group_size + c;
      const int32_t count = group_size - c < BLOCK ? group_size - c : BLOCK;
      uint8_t *const own = kept ? (uint8_t *)kept + TQ_X86_KEPT_HEAD + (group * blocks + k) * block_bytes(w.words) : NULL;
      tq_x86_int8_block *const block = kept ? (tq_x86_int8_block *)(void *)own : w.block;
      if (!kept || !*ready) tq_x86_lay_out_int8(&w, weights, weights_of, bias, leveled, first, count, block);
      tq_x86_dot_tile tile = tq_x86_int8_tile(&w, block, leveled);
      run_block(&w, &tile, &block->scaling, count, output + n * out.h * out.w * out.c + first);
    }
  }
  if (kept) *ready = 1;
  return 1;
}
#else
int tq_x86_conv_int8(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input, const void *weights,
                     tq_x86_weights_of *weights_of, const int32_t *bias, int8_t *output, void *scratch, void *kept) {
  (void)params, (void)dims, (void)input, (void)weights, (void)weights_of, (void)bias, (void)output, (void)scratch;
  (void)kept;
  return 0;
}
#endif
