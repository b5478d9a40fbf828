#include "tq_bits.h"
#include "tq_sliced.h"
#include "tq_sliced_depthwise.h"

void tq_sliced_see_taps(const tq_sliced *layer, int32_t image, int32_t y, int32_t x0, const int32_t **seen) {
  const tq_dims in = layer->dims->input, filter = layer->dims->filter;
  const int32_t pixel = tq_bits_row(in.c, layer->x_levels);

  for (int32_t fy = 0; fy < filter.h; fy++, y += layer->dilation_h) {
    const int32_t *const row = y < 0 || y >= in.h ? NULL : layer->input + (image * in.h + y) * in.w * pixel;
    int32_t x = x0;
    for (int32_t fx = 0; fx < filter.w; fx++, x += layer->dilation_w) {
      *seen++ = row && x >= 0 && x < in.w ? row + x * pixel : layer->outside;
    }
  }
}
