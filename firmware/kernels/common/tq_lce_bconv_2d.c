#include "tq_lce_bconv_2d.h"

static int32_t ones(uint32_t word) {
  word -= (word >> 1) & 0x55555555u;
  word = (word & 0x33333333u) + ((word >> 2) & 0x33333333u);
  word = (word + (word >> 4)) & 0x0f0f0f0fu;
  return (int32_t)((word * 0x01010101u) >> 24);
}

/* A tap inside the input. */
static int32_t differing(const int32_t *x, const int32_t *w, int32_t words) {
  int32_t bits = 0;
  for (int32_t i = 0; i < words; i++) bits += ones((uint32_t)x[i] ^ (uint32_t)w[i]);
  return bits;
}

/* A tap outside: bits where it counts as +1. */
static int32_t negative(const int32_t *w, int32_t words) {
  int32_t bits = 0;
  for (int32_t i = 0; i < words; i++) bits += ones((uint32_t)w[i]);
  return bits;
}

static void add_outside(const tq_lce_bconv_params *params, const int32_t *w, int32_t channels,
                        tq_lce_count *count) {
  const int32_t bits = negative(w, (channels + 31) / 32);
  count->beside = 1;
  count->bits += params->pad_value || params->corrected ? bits : channels / 2;
  count->outside += channels - 2 * bits;
}

/* The filter `w` with its first tap at (y0, x0) of the image `x`, which begins at the group's first word. */
static tq_lce_count window(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *x,
                           const int32_t *w, int32_t y0, int32_t x0) {
  const tq_dims in = dims->input, filter = dims->filter;
  const int32_t pixel_words = (in.c + 31) / 32, words = (filter.c + 31) / 32;
  tq_lce_count count = {0, 0, 0};

  for (int32_t fy = 0; fy < filter.h; fy++) {
    const int32_t y = y0 + fy * params->dilation_h;
    for (int32_t fx = 0; fx < filter.w; fx++, w += words) {
      const int32_t column = x0 + fx * params->dilation_w;
      if (y < 0 || y >= in.h || column < 0 || column >= in.w) {
        add_outside(params, w, filter.c, &count);
      } else {
        count.bits += differing(x + (y * in.w + column) * pixel_words, w, words);
      }
    }
  }
  return count;
}

void tq_lce_bconv_2d(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                     const int32_t *filter, tq_lce_write *write, void *output, int32_t pixel_bytes) {
  const tq_dims in = dims->input, size = dims->filter, out = dims->output;
  const int32_t words = (size.c + 31) / 32, filter_words = size.h * size.w * words;
  const int32_t image_words = in.h * in.w * ((in.c + 31) / 32);
  const int32_t group_size = size.n / (in.c / size.c);
  uint8_t *pixel = output;

  for (int32_t n = 0; n < out.n; n++, input += image_words) {
    for (int32_t oy = 0; oy < out.h; oy++) {
      for (int32_t ox = 0; ox < out.w; ox++, pixel += pixel_bytes) {
        const int32_t y0 = oy * params->stride_h - params->pad_top;
        const int32_t x0 = ox * params->stride_w - params->pad_left;
        for (int32_t o = 0; o < size.n; o++) {
          const int32_t *group = input + o / group_size * words;
          const tq_lce_count count = window(params, dims, group, filter + o * filter_words, y0, x0);
          write(params, &count, o, pixel);
        }
      }
    }
  }
}
