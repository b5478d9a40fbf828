#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* A word of positions of eight channels, from byte `at` of pixels on. */
#define FETCH(k)                                                                             \
  ((uint32_t)at[(k) * step] | (uint32_t)at[((k) + 8) * step] << 8 |                          \
   (uint32_t)at[((k) + 16) * step] << 16 | (uint32_t)at[((k) + 24) * step] << 24)

static void fetch_inside(const uint8_t *at, int32_t step, uint32_t to[8]) {
  for (int32_t k = 0; k < 8; k++, at += step) to[k] = FETCH(0);
  tq_sliced_lines_turn(to);
}

/* The same from column x on of a row of the input, `row` being its first pixel, or NULL: it is outside. */
static void fetch(const uint8_t *row, const uint8_t *outside, int32_t x, int32_t width, int32_t step,
                  uint32_t to[8]) {
  if (row && x >= 0 && x + TQ_WORD_BITS <= width) {
    fetch_inside(row + x * step, step, to);
  } else if (!row || x >= width || x + TQ_WORD_BITS <= 0) {
    for (int32_t c = 0; c < 8; c++) to[c] = 0 - (uint32_t)(*outside >> c & 1);
  } else {
    for (int32_t k = 0; k < 8; k++) {
      to[k] = 0;
      for (int32_t j = 0; j < 4; j++) {
        const int32_t column = x + 8 * j + k;
        to[k] |= (uint32_t)(column >= 0 && column < width ? row[column * step] : *outside) << 8 * j;
      }
    }
    tq_sliced_lines_turn(to);
  }
}

void tq_sliced_lines_fill(const tq_sliced_lines *l, int32_t byte, int32_t line, int32_t x, int32_t words) {
  const tq_sliced *const layer = l->layer;
  const tq_dims in = layer->dims->input, filter = layer->dims->filter;
  const int32_t out_h = layer->dims->output.h, planes = l->planes, columns = filter.w == 1;
  const int32_t pixel = 4 * planes * tq_bits_words(in.c), image = line / out_h * in.h;
  const int32_t rest = in.c - TQ_SLICED_LINES_CHANNELS * byte;
  const int32_t channels = rest < TQ_SLICED_LINES_CHANNELS ? rest : TQ_SLICED_LINES_CHANNELS;
  const int32_t right = columns ? l->sizes.block : 1, down = columns ? 1 : l->sizes.line;
  const int32_t plane = columns ? l->sizes.plane : filter.h * l->sizes.line;
  const int32_t count = columns ? words : words + l->sizes.behind + 1;
  uint32_t *row_to = columns ? l->seen : l->lines;
  int32_t y = line % out_h * layer->stride_h - layer->pad_top;

  for (int32_t fy = 0; fy < filter.h; fy++, y += layer->dilation_h, row_to += down) {
    const int32_t inside = y >= 0 && y < in.h;
    for (int32_t m = 0; m < planes; m++) {
      const int32_t at = pixel / planes * m + byte;
      const uint8_t *const row = inside ? (const uint8_t *)layer->input + (image + y) * in.w * pixel + at : NULL;
      const uint8_t *const outside = (const uint8_t *)layer->outside + at;
      const uint32_t flip = layer->x_levels == 3 && m == 0 ? UINT32_MAX : 0; /* ones where codes are 0 */
      uint32_t *word_to = row_to + m * plane;
      for (int32_t i = 0; i < count; i++, word_to += right) {
        uint32_t bits[8], *to = word_to;
        fetch(row, outside, x - layer->pad_left + TQ_WORD_BITS * i, in.w, pixel, bits);
        for (int32_t c = 0; c < channels; c++, to += planes * plane) *to = bits[c] ^ flip;
      }
    }
  }
}
