#include "tq_dsp_depthwise.h"

tq_dsp_depthwise_room tq_dsp_depthwise_room_of(const tq_conv_dims *dims, int coded) {
  const int32_t multiplier = dims->filter.c / dims->input.c, quads = (dims->input.c + 3) / 4;
  /* Two positions see up to one column less than twice the filter. */
  const int32_t taps = (dims->filter.h * dims->filter.w * (coded && multiplier == 1 ? 2 : 1) + 1) / 2 * 2;
  const int32_t quad = (int32_t)sizeof(tq_dsp_quad) + 4 * multiplier * (int32_t)sizeof(tq_dsp_scale) +
                       8 * multiplier * taps;
  const int32_t most = TQ_DSP_SCRATCH / 2 / quad;
  tq_dsp_depthwise_room room;

  room.pixels_bytes = 12 * taps; /* a pointer, of 8 bytes on hosts, and a pixel of a few channels */
  room.sums_bytes = 16 * multiplier + 16;
  room.quads_bytes = quad * (most < 1 ? 1 : most < quads ? most : quads);
  room.outside_bytes = dims->input.c < 4 ? 4 : dims->input.c;
  return room;
}
