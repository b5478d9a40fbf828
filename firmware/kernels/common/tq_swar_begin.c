#include "tq_swar_conv_2d.h"

void tq_swar_begin(tq_swar_walk *walk, int32_t first, int32_t count) {
  const tq_conv_params *params = walk->params;
  const tq_dims *in = &walk->dims->input, *out = &walk->dims->output;
  const int32_t row = first / out->w;
  int32_t ox = first - row * out->w, oy = row % out->h, n = row / out->h;
  int inside = params->dilation_w == 1 && walk->dims->filter.c == in->c;

  for (int32_t i = 0; i < TQ_SWAR_TILE; i++) {
    tq_swar_corner *const corner = walk->corners + i;
    if (i >= count) {
      *corner = walk->corners[0];
      continue;
    }
    corner->y = oy * params->stride_h - params->pad_top;
    corner->x = ox * params->stride_w - params->pad_left;
    corner->place = ((n * in->h + corner->y) * in->w + corner->x) * in->c;
    inside &= corner->x >= 0 && corner->x + walk->dims->filter.w <= in->w;
    if (++ox == out->w) {
      ox = 0;
      if (++oy == out->h) {
        oy = 0;
        n++;
      }
    }
  }
  walk->one_row = count == TQ_SWAR_TILE && first - row * out->w + TQ_SWAR_TILE <= out->w;
  walk->whole_rows = inside;
  walk->tap = walk->row = walk->column = walk->channel = 0;
}
