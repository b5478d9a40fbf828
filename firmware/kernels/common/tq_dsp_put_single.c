#include "tq_dsp_conv_2d.h"
#include "tq_window.h"

/* A column of one channel, all of it in the image. Behind the last tap weights are 0. */
static void put_inside(const int8_t *a, const int8_t *b, int32_t down, int32_t height, uint32_t *words) {
  for (; height > 2; height -= 2, words += 2) {
    words[0] = tq_lanes(a[0], a[down]);
    words[1] = tq_lanes(b[0], b[down]);
    a += 2 * down;
    b += 2 * down;
  }
  words[0] = tq_lanes(a[0], height > 1 ? a[down] : 0);
  words[1] = tq_lanes(b[0], height > 1 ? b[down] : 0);
}

/* The same of two neighbours in a row, the bytes at a and those behind them. */
static void put_neighbours(const int8_t *a, int32_t down, int32_t height, uint32_t *words) {
  for (; height > 1; height -= 2, a += 2 * down) {
    const uint32_t bytes = tq_load_two(a) | tq_load_two(a + down) << 16;
    words = tq_store_pair(words, tq_even_bytes(bytes), tq_odd_bytes(bytes));
  }
  if (height > 0) tq_store_pair(words, (uint32_t)a[0] & 0xffffu, (uint32_t)a[1] & 0xffffu);
}

/* Whether all taps of a column are in the image. */
static int is_inside(const tq_dsp_pass *pass, const tq_dsp_corner *at, int32_t right) {
  const tq_dims *in = &pass->dims->input;
  const int32_t x = at->x + right, last = at->y + (pass->taps->height - 1) * pass->params->dilation_h;

  return x >= 0 && x < in->w && at->y >= 0 && last < in->h;
}

/* What a position sees of a column: the taps that are in the image, and the first one's place. */
typedef struct {
  tq_range inside;
  int32_t place;
} strip;

static strip strip_of(const tq_dsp_pass *pass, const tq_dsp_corner *at, int32_t right) {
  const tq_dims *in = &pass->dims->input;
  const int32_t x = at->x + right, dilation = pass->params->dilation_h;
  strip s = {{0, 0}, 0};

  if (x < 0 || x >= in->w) return s;
  s.inside = tq_taps_inside(at->y, dilation, pass->taps->height, in->h);
  s.place = (tq_first_inside(s.inside, at->y, dilation) * in->w + x) * in->c;
  return s;
}

/* Tap i of a pair; `place` goes down to the next one. */
#define TAP(i) \
  const int32_t value##i = tap + i >= inside.begin && tap + i < inside.end ? (place += down, image[place - down]) : zero

/* Pairs of one position; `place` is that of the first tap that is in the image. */
static inline void put_strip(tq_range inside, const int8_t *image, int32_t place, int32_t down, int32_t zero,
                             int32_t height, uint32_t *words) {
  for (int32_t tap = 0; tap < height; tap += 2, words += 2) {
    TAP(0);
    TAP(1);
    words[0] = tq_lanes(value0, value1);
  }
}

void tq_dsp_put_single(const tq_dsp_pass *pass, const tq_dsp_corner at[2], int32_t right, uint32_t *words) {
  const tq_dims *in = &pass->dims->input;
  const int32_t height = pass->taps->height, zero = pass->params->input_zero_point;
  const int32_t down = tq_step_inside(pass->params->dilation_h, in->h) * in->w * in->c;

  if (is_inside(pass, at, right) && is_inside(pass, at + 1, right)) {
    const int8_t *const a = at[0].image + (at[0].y * in->w + at[0].x + right) * in->c;
    const int8_t *const b = at[1].image + (at[1].y * in->w + at[1].x + right) * in->c;
    if (b == a + 1) {
      put_neighbours(a, down, height, words);
    } else {
      put_inside(a, b, down, height, words);
    }
  } else {
    const strip a = strip_of(pass, at, right), b = strip_of(pass, at + 1, right);
    put_strip(a.inside, at[0].image, a.place, down, zero, height, words);
    put_strip(b.inside, at[1].image, b.place, down, zero, height, words + 1);
  }
}
