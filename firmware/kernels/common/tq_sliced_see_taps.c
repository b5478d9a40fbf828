#include "tq_bits.h"
#include "tq_sliced.h"
#include "tq_sliced_depthwise.h"
#include "tq_window.h"

void tq_sliced_see_taps(const tq_sliced *layer, int32_t image, int32_t y, int32_t x0, const int32_t **seen) {
  const tq_dims in = layer->dims->input, filter = layer->dims->filter;
  const int32_t pixel = tq_bits_row(in.c, layer->x_levels);

  const int32_t last = x0 + (filter.w - 1) * layer->dilation_w, step = tq_step_inside(layer->dilation_w, in.w) * pixel;
  const int32_t inside = x0 >= 0 && last < in.w;

  for (int32_t fy = 0; fy < filter.h; fy++, y += layer->dilation_h) {
    const int32_t *const row = y < 0 || y >= in.h ? NULL : layer->input + (image * in.h + y) * in.w * pixel;
    int32_t x = x0;
    if (row && inside) {
      int32_t at = x0 * pixel;
      for (int32_t fx = filter.w; fx > 0; fx--, at += step) *seen++ = row + at;
      continue;
    }
    for (int32_t fx = 0; fx < filter.w; fx++, x += layer->dilation_w) {
      *seen++ = row && x >= 0 && x < in.w ? row + x * pixel : layer->outside;
    }
  }
}
