#include "../common/tq_dsp.h"
#include "../common/tq_requantize.h"
#include "../common/tq_window.h"
#include "tinyq/tq_kernels.h"
#include "tinyq/tq_kernels_dsp.h"
#include "tinyq/tq_used.h"

#define MOST_ELEMENTS 255 /* of a window: sums are lanes of 16 bits */

/* What of the window is inside the input; steps of `c`. */
typedef struct {
  int32_t height, width, c, down;
} box;

/* Rounded to nearest, ties away from zero; `/` truncates. */
static inline int8_t mean_of(const tq_pool_params *params, int32_t sum, int32_t count) {
  const int32_t half = count / 2;
  const int32_t mean = (sum > 0 ? sum + half : sum - half) / count;

  return (int8_t)tq_clamp(mean, params->activation_min, params->activation_max);
}

static inline void four_channels(const box *b, const int8_t *x, int32_t *sums) {
  uint32_t even = 0, odd = 0;

  for (int32_t i = b->height; i > 0; i--, x += b->down) {
    const int8_t *at = x;
    for (int32_t j = b->width; j > 0; j--, at += b->c) {
      const uint32_t bytes = tq_load_word(at);
      even = tq_add_even_bytes(even, bytes);
      odd = tq_add_odd_bytes(odd, bytes);
    }
  }
  sums[0] = tq_lane(even, 0);
  sums[1] = tq_lane(odd, 0);
  sums[2] = tq_lane(even, 1);
  sums[3] = tq_lane(odd, 1);
}

static inline int32_t one_channel(const box *b, const int8_t *x) {
  int32_t sum = 0;

  for (int32_t i = 0; i < b->height; i++) {
    for (int32_t j = 0; j < b->width; j++) sum += x[i * b->down + j * b->c];
  }
  return sum;
}

void tq_average_pool_2d_a8_dsp(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                               int8_t *output) {
  const tq_pool_params p = *params; /* a copy, because writing int8_t output could change *params */
  const tq_dims in = dims->input, out = dims->output;

  const int large = p.filter_h > MOST_ELEMENTS || p.filter_w > MOST_ELEMENTS / p.filter_h;

  if (TQ_TAKES(TQ_USED_LARGE_WINDOWS, TQ_USED_SMALL_WINDOWS, large)) {
    tq_average_pool_2d_a8_ref(params, dims, input, output);
    return;
  }
  for (int32_t n = 0; n < out.n; n++, input += in.h * in.w * in.c) {
    for (int32_t oy = 0; oy < out.h; oy++) {
      const int32_t y0 = oy * p.stride_h - p.pad_top;
      const tq_range rows = tq_taps_inside(y0, 1, p.filter_h, in.h);
      for (int32_t ox = 0; ox < out.w; ox++) {
        const int32_t x0 = ox * p.stride_w - p.pad_left;
        const tq_range columns = tq_taps_inside(x0, 1, p.filter_w, in.w);
        const box b = {rows.end - rows.begin, columns.end - columns.begin, in.c, in.w * in.c};
        const int8_t *x = input + ((y0 + rows.begin) * in.w + x0 + columns.begin) * in.c;
        for (int32_t c = in.c, lanes; c > 0; c -= lanes, x += lanes) {
          int32_t sums[4];
          lanes = c >= 4 ? 4 : 1;
          if (lanes == 4) {
            four_channels(&b, x, sums);
          } else {
            sums[0] = one_channel(&b, x);
          }
          for (int32_t i = 0; i < lanes; i++) *output++ = mean_of(&p, sums[i], b.height * b.width);
        }
      }
    }
  }
}
