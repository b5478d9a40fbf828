/* What pooling kernels of the family "neon" share: the way over the output, inlined with what is done to a window, 16
 * channels at a time. */
#ifndef TQ_NEON_POOL_2D_H
#define TQ_NEON_POOL_2D_H

#include "tq_neon.h"
#include "tq_window.h"
#include "tinyq/tq_types.h"

#if TQ_NEON

/* The part of a window that is inside the input: elements are `right` apart, rows `down`; of less than 16 channels the
 * last eight ones are `second` behind the first eight. */
typedef struct {
  int32_t height, width, right, down, second;
} tq_neon_window;

static inline int8x16_t tq_neon_channels(const tq_neon_window *window, const int8_t *x) {
  return window->right < 16 ? vcombine_s8(vld1_s8(x), vld1_s8(x + window->second)) : vld1q_s8(x);
}

typedef int8x16_t tq_neon_pool(const tq_neon_window *window, const int8_t *x);

/* 8 channels or more. What lies in place of the input is written when all that overlaps it has been read. */
TQ_INLINE void tq_neon_pool_channels(tq_neon_pool *pool, const tq_pool_params *p, const tq_neon_window *window,
                                     const int8_t *x, int8_t *output) {
  const int8x16_t min = vdupq_n_s8((int8_t)p->activation_min), max = vdupq_n_s8((int8_t)p->activation_max);
  const int32_t c = window->right;
  int8x16_t pooled = vminq_s8(vmaxq_s8(pool(window, x), min), max);
  int32_t done = 0;

  if (c < 16) {
    vst1_s8(output, vget_low_s8(pooled));
    vst1_s8(output + window->second, vget_high_s8(pooled));
    return;
  }
  while (done + 16 < c) {
    const int32_t next = done + 32 <= c ? done + 16 : c - 16;
    const int8x16_t before = pooled;
    pooled = vminq_s8(vmaxq_s8(pool(window, x + next), min), max);
    vst1q_s8(output + done, before);
    done = next;
  }
  vst1q_s8(output + done, pooled);
}

TQ_INLINE void tq_neon_pool_2d(tq_neon_pool *pool, const tq_pool_params *params, const tq_unary_dims *dims,
                               const int8_t *input, int8_t *output) {
  const tq_pool_params p = *params; /* a copy, because writing int8_t output could change *params */
  const tq_dims in = dims->input, out = dims->output;

  for (int32_t row = 0; row < out.n * out.h; row++) {
    const int8_t *const image = input + row / out.h * in.h * in.w * in.c;
    const int32_t y0 = row % out.h * p.stride_h - p.pad_top;
    const tq_range rows = tq_taps_inside(y0, 1, p.filter_h, in.h);
    for (int32_t ox = 0; ox < out.w; ox++, output += in.c) {
      const int32_t x0 = ox * p.stride_w - p.pad_left;
      const tq_range columns = tq_taps_inside(x0, 1, p.filter_w, in.w);
      const tq_neon_window window = {rows.end - rows.begin, columns.end - columns.begin, in.c, in.w * in.c, in.c - 8};
      tq_neon_pool_channels(pool, &p, &window, image + ((y0 + rows.begin) * in.w + x0 + columns.begin) * in.c, output);
    }
  }
}

#endif

#endif
