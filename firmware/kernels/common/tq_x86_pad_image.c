#include <string.h>

#include "tq_bits.h"
#include "tq_bits_words.h"
#include "tq_x86_bits.h"

static void fill(uint32_t *to, int32_t count, const int32_t *pixel, int32_t pixel_words) {
  for (int32_t i = 0; i < count; i++, to += pixel_words) {
    for (int32_t j = 0; j < pixel_words; j++) to[j] = (uint32_t)pixel[j];
  }
}

tq_x86_image tq_x86_pad_image(const tq_x86_conv *conv, const int32_t *input, int32_t n, int32_t group,
                              uint32_t *memory) {
  const tq_dims in = conv->input, filter = conv->filter;
  const int32_t height = (int32_t)tq_x86_seen(conv->output.h, conv->stride_h, filter.h, conv->dilation_h);
  const int32_t width = (int32_t)tq_x86_seen(conv->output.w, conv->stride_w, filter.w, conv->dilation_w);
  const int32_t planes = tq_bits_planes(conv->x_levels), words = tq_bits_words(filter.c);
  const int32_t in_words = tq_bits_words(in.c), in_pixel = planes * in_words, pixel = planes * words;
  const int32_t whole = in.c == filter.c, left = conv->pad_left < width ? conv->pad_left : width;
  const int32_t seen = in.w < width - left ? in.w : width - left; /* columns */
  const int32_t *const image = input + n * in.h * in.w * in_pixel;
  int32_t *const outside = (int32_t *)memory;
  uint32_t *to = memory + pixel;

  if (whole && conv->pad_top == 0 && left == 0 && height <= in.h && width <= in.w) {
    return (tq_x86_image){(const uint32_t *)image, pixel, in.w * pixel};
  }
  for (int32_t c = 0; c < filter.c; c++) tq_put_code(outside, filter.c, conv->x_levels, c, conv->pad_code);
  for (int32_t i = 0; i < height; i++, to += width * pixel) {
    const int32_t y = i - conv->pad_top;
    if (y < 0 || y >= in.h) {
      fill(to, width, outside, pixel);
      continue;
    }
    const int32_t *from = image + y * in.w * in_pixel;
    fill(to, left, outside, pixel);
    fill(to + (left + seen) * pixel, width - left - seen, outside, pixel);
    if (whole) {
      memcpy(to + left * pixel, from, (size_t)(seen * pixel) * sizeof *to);
      continue;
    }
    for (int32_t x = 0; x < seen; x++, from += in_pixel) {
      for (int32_t m = 0; m < planes; m++) {
        int32_t *const cut = (int32_t *)to + (left + x) * pixel + m * words;
        tq_bits_cut(from + m * in_words, in_words, group * filter.c, filter.c, cut);
      }
    }
  }
  return (tq_x86_image){memory + pixel, pixel, width * pixel};
}
