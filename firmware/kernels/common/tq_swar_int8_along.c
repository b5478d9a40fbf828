#include "tq_swar_int8.h"

/* `count` samples, `step` bytes apart. */
static int32_t *put(const int8_t *from, int32_t step, int32_t count, int32_t *x) {
  for (; count > 3; count -= 4, x += 4) {
    x[0] = *from;
    from += step;
    x[1] = *from;
    from += step;
    x[2] = *from;
    from += step;
    x[3] = *from;
    from += step;
  }
  for (; count > 0; count--, from += step) *x++ = *from;
  return x;
}

static int32_t *fill(int32_t value, int32_t count, int32_t *x) {
  for (; count > 0; count--) *x++ = value;
  return x;
}

/* Places [begin, begin + count) of a row of `size` samples, and `zero` outside. */
static void put_line(const int8_t *row, int32_t size, int32_t step, int32_t zero, int32_t begin, int32_t count,
                     int32_t *x) {
  const int32_t before = tq_clamp(-begin, 0, count), end = tq_clamp(size - begin, before, count);

  x = fill(zero, before, x);
  x = put(row + (begin + before) * step, step, end - before, x);
  fill(zero, count - end, x);
}

/* `count` outputs from column `first` on: what the filters of a channel see. */
static void put_lines(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *image, int32_t y,
                      int32_t first, const tq_swar_int8_lines *lines, int32_t *x) {
  const tq_dims in = dims->input;

  for (int32_t row = 0; row < dims->filter.h; row++, y += params->dilation_h, x += lines->words) {
    const int32_t inside = y >= 0 && y < in.h;
    put_line(image + (inside ? y : 0) * in.w * in.c, inside ? in.w : 0, in.c, params->input_zero_point,
             first - params->pad_left, lines->words, x);
  }
}

/* What all stretches of lines have in common. */
typedef struct {
  const tq_conv_dims *dims;
  const int8_t *weights;
  int32_t step, next;
  tq_swar_int8_lines lines;
  tq_scaling scaling;
  int quick;
  int32_t *words, *sums, *x;
} work;

/* `count` outputs of filter o, the lines being there. */
static void slide(const work *w, int32_t o, int32_t count, int8_t *output) {
  const int32_t pitch = 4 * (w->dims->filter.h > 1 ? w->lines.words : 1), step = w->dims->output.c;
  tq_swar_scale scale;

  put(w->weights + o * w->next, w->step, w->lines.taps, w->words);
  tq_swar_slide(w->sums, w->x, (count + TQ_SWAR_FOUR - 1) / TQ_SWAR_FOUR, w->words, w->lines.taps, pitch);
  if (w->quick) {
    tq_swar_set_scale(&w->scaling, o, &scale);
    tq_swar_quick_sums(&scale, w->sums, count, output, step);
  } else {
    tq_swar_outputs(&w->scaling, o, w->sums, count, output, step);
  }
}

TQ_ONCE
void tq_swar_int8_along(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                        const int8_t *weights, int32_t step, int32_t next, const int32_t *bias, int8_t *output,
                        void *scratch) {
  const tq_dims in = dims->input, out = dims->output;
  const int32_t filters = out.c / in.c;
  work w = {dims, weights, step, next, tq_swar_int8_lines_of(dims), tq_conv_scaling(params, bias), 0, scratch, NULL, NULL};

  w.quick = tq_swar_is_quick(&w.scaling, w.lines.taps, 0, out.c);
  w.sums = w.words + w.lines.taps;
  w.x = w.sums + w.lines.positions;
  for (int32_t channel = 0; channel < in.c; channel++) {
    for (int32_t line = 0; line < out.n * out.h; line++) {
      const int8_t *const image = input + line / out.h * in.h * in.w * in.c + channel;
      const int32_t y = line % out.h * params->stride_h - params->pad_top;
      for (int32_t first = 0; first < out.w; first += w.lines.positions) {
        const int32_t left = out.w - first, count = left < w.lines.positions ? left : w.lines.positions;
        put_lines(params, dims, image, y, first, &w.lines, w.x);
        for (int32_t o = channel * filters; o < (channel + 1) * filters; o++) {
          slide(&w, o, count, output + (line * out.w + first) * out.c + o);
        }
      }
    }
  }
}
