#include "tq_dsp_depthwise.h"
#include "tq_dsp_fir.h"

int32_t tq_dsp_depthwise_scratch(const tq_conv_dims *dims, int coded) {
  const tq_dsp_depthwise_room room = tq_dsp_depthwise_room_of(dims, coded);
  const int32_t codes = coded ? dims->filter.h * dims->filter.w * dims->filter.c : 0;
  const int32_t any = 4 + room.pixels_bytes + room.sums_bytes + room.quads_bytes + room.outside_bytes + codes;
  const int32_t rows = tq_dsp_depthwise_is_rows(dims) ? tq_dsp_fir_scratch(dims, coded, 1) : 0;

  return rows > any ? rows : any; /* strides and dilation, which rows have none of, are not in dims */
}
