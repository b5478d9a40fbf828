#include "../common/tq_window.h"
#include "tinyq/tq_kernels_lce.h"

/* -1 only where all elements are: elements are `right` apart, rows `down`. */
static int32_t all_of(const int32_t *x, int32_t height, int32_t width, int32_t right, int32_t down) {
  uint32_t bits = UINT32_MAX;
  for (int32_t y = 0; y < height; y++) {
    for (int32_t i = 0; i < width; i++) bits &= (uint32_t)x[y * down + i * right];
  }
  return (int32_t)bits;
}

void tq_lce_max_pool_2d_a1_ref(const tq_lce_max_pool_params *params, const tq_unary_dims *dims,
                               const int32_t *input, int32_t *output) {
  const tq_dims in = dims->input, out = dims->output;

  for (int32_t n = 0; n < out.n; n++, input += in.h * in.w * in.c) {
    for (int32_t oy = 0; oy < out.h; oy++) {
      const int32_t y0 = oy * params->stride_h - params->pad_top;
      const tq_range rows = tq_taps_inside(y0, 1, params->filter_h, in.h);
      for (int32_t ox = 0; ox < out.w; ox++) {
        const int32_t x0 = ox * params->stride_w - params->pad_left;
        const tq_range columns = tq_taps_inside(x0, 1, params->filter_w, in.w);
        const int32_t height = rows.end - rows.begin, width = columns.end - columns.begin;
        const int32_t *first = input + ((y0 + rows.begin) * in.w + x0 + columns.begin) * in.c;
        for (int32_t word = 0; word < in.c; word++) {
          *output++ = all_of(first + word, height, width, in.c, in.w * in.c);
        }
      }
    }
  }
}
