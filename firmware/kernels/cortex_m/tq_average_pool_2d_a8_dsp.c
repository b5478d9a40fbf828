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

/* Of `count` elements, rounded to nearest, ties away from zero; `/` truncates. */
static inline int8_t mean_of(int32_t sum, int32_t count) {
  const int32_t sign = sum >> 31, half = ((count / 2) ^ sign) - sign;

  return (int8_t)((sum + half) / count);
}

static void clamp(const tq_pool_params *params, int8_t *values, int32_t count) {
  for (; count > 0; count--, values++) {
    *values = (int8_t)tq_clamp(*values, params->activation_min, params->activation_max);
  }
}

static inline void four_channels(const box *b, const int8_t *x, int8_t *output) {
  const int32_t count = b->height * b->width;
  uint32_t even = 0, odd = 0;

  for (int32_t i = b->height; i > 0; i--, x += b->down) {
    const int8_t *at = x;
    for (int32_t j = b->width; j > 0; j--, at += b->c) {
      const uint32_t bytes = tq_load_word(at);
      even = tq_add_even_bytes(even, bytes);
      odd = tq_add_odd_bytes(odd, bytes);
    }
  }
  output[0] = mean_of(tq_lane(even, 0), count);
  output[1] = mean_of(tq_lane(odd, 0), count);
  output[2] = mean_of(tq_lane(even, 1), count);
  output[3] = mean_of(tq_lane(odd, 1), count);
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
        int32_t c = 0;
        for (; c + 4 <= in.c; c += 4) four_channels(&b, x + c, output + c);
        for (; c < in.c; c++) output[c] = mean_of(one_channel(&b, x + c), b.height * b.width);
        if (p.activation_min > -128 || p.activation_max < 127) clamp(&p, output, in.c);
        output += in.c;
      }
    }
  }
}
