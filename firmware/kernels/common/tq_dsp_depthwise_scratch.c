#include "tq_dsp_depthwise.h"

int32_t tq_dsp_depthwise_scratch(const tq_conv_dims *dims, int coded) {
  const tq_dsp_depthwise_room room = tq_dsp_depthwise_room_of(dims, coded);
  const int32_t codes = coded ? dims->filter.h * dims->filter.w * dims->filter.c : 0;
  const int32_t any = 4 + room.pixels_bytes + room.sums_bytes + room.quads_bytes + room.outside_bytes + codes;

  if (tq_dsp_depthwise_is_rows(dims)) {
    const tq_dsp_depthwise_rows_plan plan = tq_dsp_depthwise_rows_plan_of(dims, coded);
    const int32_t rows = plan.x_bytes + plan.taps.block_bytes + plan.spread_bytes + plan.codes_bytes;
    return rows > any ? rows : any; /* strides and dilation, which rows have none of, are not in dims */
  }
  return any;
}
