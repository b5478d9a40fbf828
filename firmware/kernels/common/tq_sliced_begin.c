#include "tq_bits.h"
#include "tq_sliced.h"

static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

void tq_sliced_begin(tq_sliced *layer, int32_t first) {
  const tq_dims in = layer->dims->input, out = layer->dims->output;
  const int32_t pixel = tq_bits_row(in.c, layer->x_levels), rest = out.n * out.h * out.w - first;
  const int32_t row = first / out.w, down = layer->stride_h, right = layer->stride_w;
  const int32_t end_x = out.w * right - layer->pad_left, end_y = out.h * down - layer->pad_top;
  tq_sliced_block *const block = &layer->block;
  int32_t y = row % out.h * down - layer->pad_top, x = first % out.w * right - layer->pad_left;
  int32_t image = row / out.h * in.h;

  block->first = first;
  block->count = smaller(rest, TQ_SLICED_LANES);
  block->top = block->bottom = y;
  block->left = block->right = x;
  for (int32_t place = 0; place < TQ_SLICED_LANES; place++) {
    /* as tq_sliced_gather orders them */
    const int32_t lane = (place & 4) << 1 | (place & 8) >> 1 | (place & 1) << 1 | (place & 2) >> 1;
    block->y0[lane] = y;
    block->x0[lane] = x;
    block->start[lane] = ((image + y) * in.w + x) * pixel;
    block->bottom = larger(block->bottom, y);
    block->right = larger(block->right, x);
    if (place >= block->count - 1) continue; /* the last one again */
    x += right;
    if (x < end_x) continue;
    block->left = x = -layer->pad_left;
    y += down;
    if (y < end_y) continue;
    block->top = y = -layer->pad_top;
    image += in.h;
  }
}
