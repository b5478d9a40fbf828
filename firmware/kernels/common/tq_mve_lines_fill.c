#include "tq_bits.h"
#include "tq_mve_lines.h"

/* A plane of `count` pixels of row y of an image, from x on: what is inside and what is outside. */
static void see(const tq_mve_lines *l, int32_t byte, int32_t plane, int32_t row, int32_t inside, int32_t x,
                int32_t count, uint8_t *to) {
  const tq_sliced *const layer = l->layer;
  const tq_dims in = layer->dims->input;
  const int32_t step = 4 * tq_bits_row(in.c, layer->x_levels), at = 4 * plane * tq_bits_words(in.c) + byte;
  const int32_t before = inside ? tq_clamp(-x, 0, count) : count;
  const int32_t end = inside ? tq_clamp(in.w - x, before, count) : count;
  const int32_t outside = ((const int8_t *)layer->outside)[at];

  if (plane >= tq_bits_planes(layer->x_levels)) {
    tq_mve_fill((int8_t *)to, 0, count);
    return;
  }
  tq_mve_fill((int8_t *)to, outside, before);
  if (end > before) {
    const int8_t *const from = (const int8_t *)layer->input + (row * in.w + x + before) * step + at;
    tq_mve_gather_every((int8_t *)to + before, from, step, end - before);
  }
  tq_mve_fill((int8_t *)to + end, outside, count - end);
}

static void fill_row(const tq_mve_lines *l, int32_t byte, int32_t image, int32_t y, int32_t x, int32_t count) {
  const tq_dims in = l->layer->dims->input;
  const int32_t all = count + l->sizes.taps - 1, length = l->sizes.apart + 16;

  for (int32_t plane = 0; plane < l->planes; plane++) {
    see(l, byte, plane, image + y, y >= 0 && y < in.h, x - l->layer->pad_left, all, l->seen + plane * length);
  }
  tq_mve_lines_turn(&(tq_mve_lines_bytes){l->seen, l->seen + length, 1, l->planes, l->sizes.bits, (all + 15) / 16 * 16,
                                          l->indices, l->sizes.apart});
}

static void fill_columns(const tq_mve_lines *l, int32_t byte, int32_t image, int32_t y, int32_t x, int32_t count) {
  const tq_sliced *const layer = l->layer;
  const tq_dims in = layer->dims->input;
  const int32_t together = l->sizes.together, block = l->sizes.block, last = l->sizes.taps - 1;
  const int32_t words = 4 * tq_bits_words(in.c), x_planes = tq_bits_planes(layer->x_levels), step = x_planes * words;
  const int8_t *const input = (const int8_t *)layer->input + byte;
  const int8_t *const outside = (const int8_t *)layer->outside + byte;
  tq_mve_lines_bytes bytes = {l->seen, l->seen + together * block, block, l->planes, l->sizes.bits,
                              (count + 15) / 16 * 16, l->indices, block};

  for (int32_t tap = 0, k = 0; tap <= last; tap++, y += layer->dilation_h) {
    const int32_t inside = y >= 0 && y < in.h;
    int8_t *to = (int8_t *)l->seen + k * block;
    const int8_t *from = input + ((image + y) * in.w + x) * step;
    for (int32_t plane = 0; plane < x_planes; plane++, to += together * block, from += words) {
      if (inside) {
        tq_mve_gather_every(to, from, step, count);
      } else {
        tq_mve_fill(to, outside[plane * words], count);
      }
    }
    if (l->planes > x_planes) tq_mve_fill(to, 0, count);
    if (++k < together && tap < last) continue;
    tq_mve_lines_turn(&bytes);
    bytes.to += l->sizes.step;
    k = 0;
  }
}

void tq_mve_lines_fill(const tq_mve_lines *l, int32_t byte, int32_t line, int32_t x, int32_t count) {
  const tq_dims in = l->layer->dims->input, out = l->layer->dims->output;
  const int32_t image = line / out.h * in.h, y = line % out.h * l->layer->stride_h - l->layer->pad_top;

  (l->sizes.columns ? fill_columns : fill_row)(l, byte, image, y, x, count);
}
