#include "tq_dsp_conv_2d.h"

tq_dsp_taps tq_dsp_taps_of(const tq_conv_dims *dims, int one_row, int coded) {
  tq_dsp_taps taps;

  taps.columns = one_row ? 1 : dims->filter.w;
  taps.height = one_row ? dims->filter.w : dims->filter.h;
  taps.channels = dims->filter.c;
  taps.column_quads = (taps.height * taps.channels + 3) / 4;
  taps.quads = taps.columns * taps.column_quads;
  taps.in_order = one_row;
  taps.coded = coded;
  /* Fifteen quads never have too many codes that are not zero. */
  taps.ends_bytes = coded ? 4 * (taps.quads / 15 + 1) : 4;
  taps.block_bytes = (int32_t)sizeof(tq_dsp_block) + taps.ends_bytes + 32 * taps.quads;
  return taps;
}
