#include "tq_neon_depthwise_bits.h"

void tq_neon_find_same(tq_lanes_layer *l, int32_t oy) {
  const tq_conv_bits_params *const p = l->params;
  const tq_dims in = l->dims->input, filter = l->dims->filter;
  const int64_t y = (int64_t)oy * p->stride_h - p->pad_top, down = (int64_t)(filter.h - 1) * p->dilation_h;
  const int64_t room = in.w + p->pad_left - (int64_t)(filter.w - 1) * p->dilation_w - 1; /* of a first column */
  const int64_t count = room < 0 ? 0 : room / p->stride_w + 1;

  l->same = l->same_end = -1;
  if (!l->only_signs || y < 0 || y + down >= in.h || count == 0) return;
  l->same = p->pad_left <= 0 ? 0 : (p->pad_left + p->stride_w - 1) / p->stride_w * l->pixel;
  l->same_end = count >= l->dims->output.w ? INT32_MAX : (int32_t)count * l->pixel - TQ_LANES;
}
