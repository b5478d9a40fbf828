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
  const strip a = strip_of(pass, at, right), b = strip_of(pass, at + 1, right);

  if (a.inside.end - a.inside.begin == height && b.inside.end - b.inside.begin == height) {
    put_inside(at[0].image + a.place, at[1].image + b.place, down, height, words);
  } else {
    put_strip(a.inside, at[0].image, a.place, down, zero, height, words);
    put_strip(b.inside, at[1].image, b.place, down, zero, height, words + 1);
  }
}
