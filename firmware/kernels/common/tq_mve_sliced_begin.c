#include "tq_mve_sliced.h"

void tq_mve_sliced_begin(tq_mve_sliced *s, int32_t first) {
  const tq_sliced *const layer = s->layer;
  const tq_dims in = layer->dims->input, out = layer->dims->output;
  const int32_t pixel = tq_bits_row(in.c, layer->x_levels), rest = out.n * out.h * out.w - first;
  const int32_t row = first / out.w, count = rest < TQ_MVE_BLOCK ? rest : TQ_MVE_BLOCK;
  int32_t y = row % out.h * layer->stride_h - layer->pad_top, x = first % out.w * layer->stride_w - layer->pad_left;
  int32_t image = row / out.h * in.h, left = out.w - first % out.w, below = out.h - row % out.h;

  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) {
    s->y0[i] = y;
    s->x0[i] = x;
    s->start[i] = ((image + y) * in.w + x) * pixel;
    if (i >= count - 1) continue; /* the last one again */
    x += layer->stride_w;
    if (--left > 0) continue;
    left = out.w;
    x = -layer->pad_left;
    y += layer->stride_h;
    if (--below > 0) continue;
    below = out.h;
    y = -layer->pad_top;
    image += in.h;
  }
}
