#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Where a byte of the pixels of a plane of a row of the input is: the first pixel's, or NULL, if it is outside. */
typedef struct {
  const uint8_t *row;
  int32_t outside, step, width; /* outside: the byte there; step: bytes from a pixel to the next one */
  uint32_t flip;
} line_of_bytes;

/* 32 pixels -> words of eight channels. */
static void fetch(const uint8_t *a, int32_t step, uint32_t to[8]) {
  const uint8_t *const b = a + 8 * step, *const c = b + 8 * step, *const d = c + 8 * step;

  for (int32_t k = 0, at = 0; k < 8; k++, at += step) {
    to[k] = (uint32_t)a[at] | (uint32_t)b[at] << 8 | (uint32_t)c[at] << 16 | (uint32_t)d[at] << 24;
  }
  tq_sliced_lines_turn(to);
}

/* The same of a row of less. */
static void fetch_all(const line_of_bytes *from, uint32_t to[8]) {
  const uint8_t *row = from->row;

  for (int32_t k = 0; k < 8; k++) to[k] = 0;
  for (int32_t x = 0; x < from->width; x++, row += from->step) to[x % 8] |= (uint32_t)*row << x / 8 * 8;
  tq_sliced_lines_turn(to);
}

/* The same from column x on, with what is outside. */
static void fetch_at(const line_of_bytes *from, int32_t x, uint32_t to[8]) {
  const int32_t least = from->width < TQ_WORD_BITS ? from->width : TQ_WORD_BITS, last = from->width - least;
  const int32_t at = x < 0 ? 0 : x > last ? last : x, right = x - at, left = -right;
  const uint32_t there = UINT32_MAX >> (TQ_WORD_BITS - least);
  const int32_t none = right >= TQ_WORD_BITS || left >= TQ_WORD_BITS;
  const uint32_t inside = none ? 0 : right > 0 ? there >> right : there << left;

  if (!from->row || inside == 0) {
    for (int32_t c = 0; c < 8; c++) to[c] = 0 - (uint32_t)(from->outside >> c & 1);
    return;
  }
  if (from->width < TQ_WORD_BITS) {
    fetch_all(from, to);
  } else {
    fetch(from->row + at * from->step, from->step, to);
  }
  if (inside == UINT32_MAX) return;
  for (int32_t c = 0; c < 8; c++) {
    const uint32_t bits = right > 0 ? to[c] >> right : to[c] << left;
    to[c] = (bits & inside) | (~inside & (0 - (uint32_t)(from->outside >> c & 1)));
  }
}

/* Words of channels, `apart` words from a channel to the next one; `right` words from a word to the next one. */
static void fill(const line_of_bytes *from, int32_t x, int32_t words, int32_t right, int32_t channels, int32_t apart,
                 uint32_t *to) {
  const uint32_t flip = from->flip;

  for (; words > 0; words--, x += TQ_WORD_BITS, to += right) {
    uint32_t bits[8], *at = to;
    const uint32_t *bit = bits;
    int32_t rest = channels;
    fetch_at(from, x, bits);
    for (; rest >= 4; rest -= 4, bit += 4, at += 4 * apart) {
      at[0] = bit[0] ^ flip;
      at[apart] = bit[1] ^ flip;
      at[2 * apart] = bit[2] ^ flip;
      at[3 * apart] = bit[3] ^ flip;
    }
    for (; rest > 0; rest--, at += apart) *at = *bit++ ^ flip;
  }
}

/* Whether any word of the blocks' plane 0 is not 0: the word before the last one. */
static void mark_blocks(const tq_sliced_lines *l, int32_t channels, int32_t words) {
  const int32_t taps = l->layer->dims->filter.h;

  for (int32_t c = 0; c < channels; c++) {
    uint32_t *block = l->seen + c * l->planes * l->sizes.plane;
    for (int32_t i = 0; i < words; i++, block += l->sizes.block) {
      uint32_t any = 0;
      for (int32_t tap = 0; tap < taps; tap++) any |= block[tap];
      block[taps] = any;
    }
  }
}

void tq_sliced_lines_fill(const tq_sliced_lines *l, int32_t byte, int32_t line, int32_t x, int32_t words) {
  const tq_sliced *const layer = l->layer;
  const tq_sliced_lines_sizes *const sizes = &l->sizes;
  const tq_dims in = layer->dims->input;
  const int32_t out_h = layer->dims->output.h, planes = l->planes, image = line / out_h * in.h;
  const int32_t plane = 4 * tq_bits_words(in.c), pixel = planes * plane;
  const int32_t rest = in.c - TQ_SLICED_LINES_CHANNELS * byte, first = x - layer->pad_left;
  const int32_t channels = rest < TQ_SLICED_LINES_CHANNELS ? rest : TQ_SLICED_LINES_CHANNELS;
  const int32_t columns = layer->dims->filter.w == 1;
  int32_t y = line % out_h * layer->stride_h - layer->pad_top;

  for (int32_t tap = 0; tap < layer->dims->filter.h; tap++, y += layer->dilation_h) {
    const int32_t inside = y >= 0 && y < in.h;
    for (int32_t m = 0; m < planes; m++) {
      const int32_t at = m * plane + byte;
      const line_of_bytes from = {
          .row = inside ? (const uint8_t *)layer->input + (image + y) * in.w * pixel + at : NULL,
          .outside = ((const uint8_t *)layer->outside)[at],
          .step = pixel,
          .width = in.w,
          .flip = layer->x_levels == 3 && m == 0 ? UINT32_MAX : 0};
      if (columns) {
        fill(&from, first, words, sizes->block, channels, planes * sizes->plane, l->seen + m * sizes->plane + tap);
      } else {
        fill(&from, first, words + sizes->behind + 1, 1, channels, planes * sizes->line, l->lines + m * sizes->line);
      }
    }
  }
  if (columns && layer->x_levels == 3) mark_blocks(l, channels, words);
}
