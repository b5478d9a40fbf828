#include "tq_mve.h"
#include "tq_mve_windows.h"

/* A row of the filter, at place y, x of the image, of which some taps are outside. */
static int8_t *copy_row(const tq_mve_windows *w, int32_t y, int32_t x, int8_t *line) {
  const tq_dims in = w->dims->input, filter = w->dims->filter;
  const int32_t zero_point = w->params->input_zero_point, right = w->params->dilation_w;

  if (y < 0 || y >= in.h) return tq_mve_fill(line, zero_point, filter.w * filter.c);
  if (right * in.c == filter.c) {
    const int32_t end = x + filter.w, from = x < 0 ? 0 : x < in.w ? x : in.w, to = end < 0 ? 0 : end < in.w ? end : in.w;
    const int32_t count = to > from ? to - from : 0, ahead = count == 0 || x >= 0 ? 0 : -x;
    line = tq_mve_fill(line, zero_point, ahead * in.c);
    line = tq_mve_copy(line, w->image + (y * in.w + from) * in.c, count * in.c);
    return tq_mve_fill(line, zero_point, (filter.w - ahead - count) * in.c);
  }
  for (int32_t i = 0; i < filter.w; i++, x += right) {
    const int32_t inside = x >= 0 && x < in.w;
    line = inside ? tq_mve_copy(line, w->image + (y * in.w + x) * in.c, filter.c)
                  : tq_mve_fill(line, zero_point, filter.c);
  }
  return line;
}

/* A window that has nothing outside. */
static void copy_inside(const tq_mve_windows *w, const int8_t *from, int8_t *line) {
  const tq_dims filter = w->dims->filter;
  const int32_t right = w->params->dilation_w * w->dims->input.c, run = w->run;
  const int32_t down = w->params->dilation_h * w->dims->input.w * w->dims->input.c;

  for (int32_t fy = 0; fy < filter.h; fy++, from += down) {
    const int8_t *x = from;
    for (int32_t left = filter.w * filter.c; left > 0; left -= run, x += right) line = tq_mve_copy(line, x, run);
  }
}

/* How many of the positions from x on, at most `count`, see nothing outside of the input's rows. */
static int32_t inside_from(const tq_mve_windows *w, int32_t x, int32_t count) {
  const int32_t room = w->dims->input.w - w->wide - x;
  int32_t inside = 1;

  if (w->params->stride_w == 1) return room + 1 < count ? room + 1 : count;
  while (inside < count && inside * w->params->stride_w <= room) inside++;
  return inside;
}

static void advance(tq_mve_windows *w, int32_t positions) {
  const tq_dims in = w->dims->input, out = w->dims->output;

  w->ox += positions;
  if (w->ox < out.w) return;
  w->ox = 0;
  if (++w->oy < out.h) return;
  w->oy = 0;
  w->image += in.h * in.w * in.c;
}

const int8_t *tq_mve_find_window(tq_mve_windows *windows, int8_t *line) {
  const tq_conv_params *const params = windows->params;
  const tq_dims in = windows->dims->input, filter = windows->dims->filter;
  const int32_t taps = filter.h * filter.w * filter.c;
  const int32_t x = windows->ox * params->stride_w - params->pad_left;
  int32_t y = windows->oy * params->stride_h - params->pad_top;
  const int8_t *const from = windows->image + (y * in.w + x) * in.c;

  if (y >= 0 && y + windows->high <= in.h && x >= 0 && x + windows->wide <= in.w) {
    if (windows->direct) {
      windows->count = inside_from(windows, x, windows->dims->output.w - windows->ox);
      windows->ready = from;
      windows->step = params->stride_w * in.c;
      advance(windows, windows->count);
      return tq_mve_next_window(windows, line);
    }
    if (windows->places) {
      tq_mve_gather(line, from, windows->places, taps);
    } else {
      copy_inside(windows, from, line);
    }
  } else {
    int8_t *to = line;
    for (int32_t fy = 0; fy < filter.h; fy++, y += params->dilation_h) to = copy_row(windows, y, x, to);
  }
  advance(windows, 1);
  return line;
}
